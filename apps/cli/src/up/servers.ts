/** PostgreSQL and Redis for `levain up`: those that DATABASE_URL and REDIS_URL name, else embedded ones. */
import { join } from "node:path";
import { createDatabase } from "@levain/db";
import { openPostgres } from "../embedded/postgres.js";
import { openRedis } from "../embedded/redis.js";
import { freePort } from "../embedded/server-process.js";
import type { State } from "./state.js";

export type Servers = { readonly databaseUrl: string; readonly redisUrl: string; close(): Promise<void> };

export async function openServers(folder: string, state: State, say: (message: string) => void): Promise<Servers> {
  const opening = [
    process.env["DATABASE_URL"] ? external(process.env["DATABASE_URL"]) : embeddedDatabase(folder, state, say),
    process.env["REDIS_URL"] ? external(process.env["REDIS_URL"]) : embeddedRedis(folder, state, say),
  ] as const;
  const close = async (): Promise<void> => {
    for (const opened of await Promise.allSettled(opening)) if (opened.status === "fulfilled") await opened.value.close();
  };
  try {
    const [database, redis] = await Promise.all(opening);
    return { databaseUrl: database.url, redisUrl: redis.url, close };
  } catch (error) {
    // One that did open would keep this process alive.
    await close();
    throw error;
  }
}

type Opened = { readonly url: string; close(): Promise<void> };

const external = (url: string): Opened => ({ url, close: async () => undefined });

async function embeddedDatabase(folder: string, state: State, say: (message: string) => void): Promise<Opened> {
  const port = await freePort(state.ports["postgres"] ?? 55_432);
  state.ports["postgres"] = port;
  const server = await openPostgres({ folder: join(folder, "postgres"), port, say });
  return { url: await createDatabase(server.url, "levain"), close: server.close };
}

async function embeddedRedis(folder: string, state: State, say: (message: string) => void): Promise<Opened> {
  const port = await freePort(state.ports["redis"] ?? 56_379);
  state.ports["redis"] = port;
  return openRedis({ folder: join(folder, "redis"), port, say });
}
