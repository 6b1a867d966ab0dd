/**
 * Redis for a machine that may have none: a `redis-server` or `valkey-server` on the PATH, else one from the system's
 * package manager, else one that the npm package `redis-memory-server` fetches and builds.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, constants, mkdir } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import { userInfo } from "node:os";
import { endLeftover, openServerProcess, StartError, type EmbeddedServer } from "./server-process.js";

export type RedisOptions = {
  readonly folder: string;
  readonly port: number;
  readonly settings?: readonly string[];
  readonly say?: (message: string) => void;
};

/** Starts Redis on 127.0.0.1 with an append-only file in the folder and without eviction, as a queue needs it. */
export async function openRedis(options: RedisOptions): Promise<EmbeddedServer> {
  const binary = await findRedis(options.say ?? (() => undefined));
  await mkdir(options.folder, { recursive: true });
  const pidFile = join(options.folder, "redis.pid");
  const leftover = await endLeftover(pidFile, "-server", "SIGTERM");
  if (leftover) options.say?.(`Ended a Redis (pid ${leftover}) that an earlier start left behind.`);

  const server = await openServerProcess({
    name: "Redis",
    command: binary,
    args: [
      ...["--bind", "127.0.0.1", "--port", String(options.port), "--dir", options.folder, "--pidfile", pidFile, "--daemonize", "no"],
      ...["--maxmemory-policy", "noeviction", "--appendonly", "yes", "--appendfsync", "everysec", "--save", ""],
      ...(options.settings ?? []),
    ],
    readyText: "eady to accept connections",
    stopSignal: "SIGTERM",
  });
  return { ...server, port: options.port, url: `redis://127.0.0.1:${options.port}` };
}

/** The path of a Redis server, which is installed if need be. @throws StartError saying what was tried. */
async function findRedis(say: (message: string) => void): Promise<string> {
  const onPath = await firstOnPath(["redis-server", "valkey-server"]);
  if (onPath) return onPath;
  for (const installer of INSTALLERS) {
    if (!(await firstOnPath([installer.command])) || (installer.needsRoot && userInfo().uid !== 0)) continue;
    say(`Redis is missing: installing it with ${installer.command} …`);
    for (const args of installer.runs) await run(installer.command, args);
    const installed = await firstOnPath(["redis-server", "valkey-server"]);
    if (installed) return installed;
  }
  say("Redis is missing: fetching it with redis-memory-server …");
  const fetched = await fetchRedis();
  if (fetched) return fetched;
  throw new StartError("There is no Redis here, and neither a package manager nor redis-memory-server could get one. Install redis-server, or name a server in REDIS_URL.");
}

const INSTALLERS: readonly { command: string; needsRoot: boolean; runs: readonly (readonly string[])[] }[] = [
  { command: "apt-get", needsRoot: true, runs: [["update", "-qq"], ["install", "-y", "-qq", "redis-server"]] },
  { command: "dnf", needsRoot: true, runs: [["install", "-y", "-q", "valkey"], ["install", "-y", "-q", "redis"]] },
  { command: "apk", needsRoot: true, runs: [["add", "--no-cache", "redis"]] },
  { command: "brew", needsRoot: false, runs: [["install", "redis"]] },
];

/** Where redis-memory-server is put: beside the data, not among the project's dependencies, since few machines need it. */
const MEMORY_SERVER_FOLDER = join(process.cwd(), ".levain", "redis-memory-server");

async function fetchRedis(): Promise<string | null> {
  await mkdir(MEMORY_SERVER_FOLDER, { recursive: true });
  const installed = await run("npm", ["install", "--prefix", MEMORY_SERVER_FOLDER, "--no-save", "redis-memory-server@0.17.1"]);
  if (installed !== 0) return null;
  const entry = pathToFileURL(join(MEMORY_SERVER_FOLDER, "node_modules", "redis-memory-server", "index.js")).href;
  try {
    const { RedisBinary } = (await import(entry)) as { RedisBinary: { getPath(): Promise<string> } };
    return await RedisBinary.getPath();
  } catch {
    return null;
  }
}

/** Runs to the end, quietly. Under a package manager RUNLEVEL=1 keeps Debian from starting a system-wide service. */
async function run(command: string, args: readonly string[]): Promise<number> {
  const child = spawn(command, args, { stdio: "ignore", env: { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" } });
  const [code] = (await once(child, "close").catch(() => [1])) as [number | null];
  return code ?? 1;
}

async function firstOnPath(names: readonly string[]): Promise<string | null> {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"];
  for (const name of names) {
    for (const folder of folders) {
      const path = join(folder, name);
      const isExecutable = await access(path, constants.X_OK).then(() => true, () => false);
      if (isExecutable) return path;
    }
  }
  return null;
}
