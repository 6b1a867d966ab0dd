/**
 * A server of somebody else's (PostgreSQL, Redis) run as a child of ours.
 *
 * It gets a process group of its own, so that Ctrl-C reaches us alone and we choose the order of stopping. If we are
 * killed it stays behind; the next start finds its pid file, ends it and says so.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";

export type EmbeddedServer = {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  close(): Promise<void>;
};

/** Something that stands in the way of a start and that a person can mend; its message says how. */
export class StartError extends Error {
  override readonly name = "StartError";
}

export type ServerCommand = {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The server accepts connections once a line of its output holds this. */
  readonly readyText: string;
  readonly stopSignal: NodeJS.Signals;
  readonly uid?: number;
  readonly gid?: number;
  readonly env?: NodeJS.ProcessEnv;
};

/** Milliseconds a server may take to accept connections: replaying a log after a crash takes a while. */
const READY_WITHIN_MS = 60_000;
/** Milliseconds after which a stopping server is killed. */
const STOP_WITHIN_MS = 10_000;
/** Last characters of a server's output that a failed start shows. */
const OUTPUT_SHOWN = 2_000;

/** Starts the server and resolves once it accepts connections. @throws StartError with its last words when it ends before. */
export async function openServerProcess(server: ServerCommand): Promise<{ pid: number; close(): Promise<void> }> {
  const child = spawn(server.command, server.args, {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    ...(server.uid === undefined ? {} : { uid: server.uid }),
    ...(server.gid === undefined ? {} : { gid: server.gid }),
    env: server.env ?? process.env,
  });
  let output = "";
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new StartError(`${server.name} did not accept connections within ${READY_WITHIN_MS} ms:\n${output}`));
    }, READY_WITHIN_MS);
    const read = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-OUTPUT_SHOWN);
      if (!output.includes(server.readyText)) return;
      clearTimeout(timer);
      resolve();
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.once("error", (cause) => reject(new StartError(`${server.name} could not be started: ${cause.message}`, { cause })));
    child.once("close", (code) => {
      clearTimeout(timer);
      reject(new StartError(`${server.name} ended with code ${code} before it accepted connections:\n${output.trim()}`));
    });
  });
  return {
    pid: child.pid as number,
    close: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const timer = setTimeout(() => child.kill("SIGKILL"), STOP_WITHIN_MS);
      child.kill(server.stopSignal);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** Ends the server that a killed predecessor left behind, if its pid file names a live one. @returns its pid, or null. */
export async function endLeftover(pidFile: string, command: string, signal: NodeJS.Signals): Promise<number | null> {
  const text = await readFile(pidFile, "utf8").catch(() => "");
  const pid = Number.parseInt(text, 10);
  if (!Number.isInteger(pid) || pid <= 1 || !(await commandLineOf(pid)).includes(command)) return null;
  process.kill(pid, signal);
  const deadline = Date.now() + STOP_WITHIN_MS;
  while (isAlive(pid)) {
    if (Date.now() > deadline) throw new StartError(`A ${command} (pid ${pid}) of an earlier start does not stop. End it with: kill -9 ${pid}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return pid;
}

export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
};

/** The command line of a process, so that a pid used anew by a stranger is left alone; empty when it is gone. */
async function commandLineOf(pid: number): Promise<string> {
  if (process.platform === "linux") return readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  const ps = spawn("ps", ["-p", String(pid), "-o", "command="], { stdio: ["ignore", "pipe", "ignore"] });
  let line = "";
  ps.stdout.on("data", (chunk: Buffer) => (line += chunk.toString()));
  await once(ps, "close").catch(() => undefined);
  return line;
}

/** A free port on this host: the preferred one where possible, else any. */
export async function freePort(preferred = 0): Promise<number> {
  const server = createServer();
  try {
    server.listen(preferred, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as { port: number }).port;
  } catch (error) {
    if (preferred !== 0) return freePort(0);
    throw error;
  } finally {
    server.close();
  }
}
