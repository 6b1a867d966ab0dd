/** Servers that a test may kill: the same port and folder after every restart, so that clients find them again. */
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openPostgres } from "../../../apps/cli/src/embedded/postgres.js";
import { openRedis } from "../../../apps/cli/src/embedded/redis.js";
import type { EmbeddedServer } from "../../../apps/cli/src/embedded/server-process.js";
import { ownPort } from "../../own-port.js";

export type OwnServer = {
  readonly url: string;
  readonly port: number;
  pid(): number;
  /** Ends it without a word: SIGKILL for Redis, SIGQUIT (`immediate`) for PostgreSQL, whose children a SIGKILL would leave behind. */
  kill(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
};

/** A crash must cost nothing that was acknowledged, so unlike the tests' shared server this one waits for its log. */
const POSTGRES_SETTINGS = ["max_connections=200"];

export async function openOwnPostgres(): Promise<OwnServer> {
  return openOwn("SIGQUIT", (folder, port) => openPostgres({ folder: join(folder, "postgres"), port, settings: POSTGRES_SETTINGS }));
}

/** Without a file on disk, unless the settings say otherwise: what it knew dies with it. */
export async function openOwnRedis(settings: readonly string[] = ["--appendonly", "no"]): Promise<OwnServer> {
  return openOwn("SIGKILL", (folder, port) => openRedis({ folder: join(folder, "redis"), port, settings }));
}

async function openOwn(deathSignal: NodeJS.Signals, open: (folder: string, port: number) => Promise<EmbeddedServer>): Promise<OwnServer> {
  const folder = await mkdtemp(join(tmpdir(), "levain-fault-"));
  await chmod(folder, 0o755);
  const port = await ownPort();
  let server = await open(folder, port);
  return {
    url: server.url,
    port,
    pid: () => server.pid,
    kill: async () => {
      process.kill(server.pid, deathSignal);
      // It is dying already; this waits until it has.
      await server.close();
    },
    start: async () => {
      server = await open(folder, port);
    },
    close: async () => {
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
