/**
 * What an embedded Levain remembers between starts: its ports, the demo keys, and which process has the folder.
 * Everything is below one folder, `.levain/`, which may be deleted to begin anew.
 */
import { randomBytes } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { isAlive, StartError } from "../embedded/server-process.js";

const State = z.object({
  ports: z.record(z.string(), z.number()).default({}),
  operatorKey: z.string().optional(),
  tenantKeys: z.record(z.string(), z.string()).default({}),
  /** From which the secrets of webhooks follow. */
  webhookSecret: z.string().default(() => randomBytes(32).toString("hex")),
  /** Address of the API while the fleet is up. */
  url: z.string().optional(),
  lastTenantId: z.string().optional(),
});
export type State = z.infer<typeof State>;

export const defaultFolder = (): string => join(process.cwd(), ".levain");

export async function readState(folder: string): Promise<State> {
  const text = await readFile(join(folder, "state.json"), "utf8").catch(() => "{}");
  try {
    return State.parse(JSON.parse(text));
  } catch {
    throw new StartError(`${join(folder, "state.json")} is not readable. Delete it to begin with new keys and ports.`);
  }
}

export async function writeState(folder: string, state: State): Promise<void> {
  await writeFile(join(folder, "state.json"), `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
}

/** Takes the folder for this process. @throws StartError when another start has it. @returns how to give it back. */
export async function takeFolder(folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, "up.pid");
  const pid = Number.parseInt(await readFile(file, "utf8").catch(() => ""), 10);
  if (Number.isInteger(pid) && pid !== process.pid && isAlive(pid) && (await isLevain(pid))) {
    throw new StartError(`Levain is already up in ${folder} (pid ${pid}). Stop that one with Ctrl-C, or choose another folder with --folder.`);
  }
  await writeFile(file, String(process.pid));
  return () => rm(file, { force: true });
}

/** A pid may have been given to a stranger since; where the system does not tell, it counts as ours. */
async function isLevain(pid: number): Promise<boolean> {
  if (process.platform !== "linux") return true;
  const commandLine = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return commandLine.includes("start.mjs") || commandLine.includes("main.js");
}
