/**
 * One of our own processes as a child of `levain up`. It logs to a file, is ready when its `/readyz` says so, and stops
 * when the channel to us breaks, so that a killed parent leaves no orphan.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { StartError } from "../embedded/server-process.js";

export type FleetProcess = { readonly name: string; readonly pid: number; readonly logFile: string; close(): Promise<void> };

export type FleetProcessOptions = {
  readonly name: string;
  /** Workspace below `apps/` whose built `main.js` runs. */
  readonly app: "producer" | "worker" | "sandbox";
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Address that answers 2xx once the process can work. */
  readonly readyUrl: string;
};

/** An embedded fleet's sources and receivers are on its own machine, where a worker would otherwise ask and tell nobody. */
const THIS_MACHINE = "127.0.0.0/8,::1";

const READY_WITHIN_MS = 30_000;
const READY_POLL_MS = 40;
/** A process of ours stops within 30 s by itself; past that it is killed. */
const STOP_WITHIN_MS = 35_000;

export async function openFleetProcess(options: FleetProcessOptions): Promise<FleetProcess> {
  await mkdir(dirname(options.logFile), { recursive: true });
  const log = createWriteStream(options.logFile, { flags: "a" });
  const main = fileURLToPath(new URL(`../../../${options.app}/dist/main.js`, import.meta.url));
  // A group of its own: Ctrl-C reaches us alone, and we choose the order of stopping.
  const child = spawn(process.execPath, [main], {
    env: { LEVAIN_SOURCE_ALLOW: THIS_MACHINE, LEVAIN_WEBHOOK_ALLOW: THIS_MACHINE, ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    detached: true,
  });
  child.stdout?.pipe(log, { end: false });
  child.stderr?.pipe(log, { end: false });
  const lastWords: string[] = [];
  child.stderr?.on("data", (chunk: Buffer) => lastWords.push(chunk.toString()));
  child.stdout?.on("data", (chunk: Buffer) => lastWords.splice(0, Math.max(0, lastWords.length - 5), chunk.toString()));
  try {
    await untilReady(child, options);
  } catch (error) {
    child.kill("SIGKILL");
    if (!(error instanceof StartError)) throw error;
    throw new StartError(`${error.message}\n${lastWords.join("").trim().slice(-1_500)}\nIts log: ${options.logFile}`);
  }
  return {
    name: options.name,
    pid: child.pid as number,
    logFile: options.logFile,
    close: () => stop(child),
  };
}

async function untilReady(child: ChildProcess, options: FleetProcessOptions): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new StartError(`The ${options.name} ended with code ${child.exitCode} before it was ready.`);
    const isReady = await fetch(options.readyUrl).then((response) => response.ok, () => false);
    if (isReady) return;
    await new Promise((resolve) => setTimeout(resolve, READY_POLL_MS));
  }
  throw new StartError(`The ${options.name} was not ready within ${READY_WITHIN_MS} ms.`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("close", resolve));
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_WITHIN_MS);
  child.kill("SIGTERM");
  await ended;
  clearTimeout(timer);
}
