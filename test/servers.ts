/**
 * One PostgreSQL and one Redis for all tests of a run: started before the first, stopped after the last. Tests stay out
 * of each other's way by a database and a key prefix of their own.
 */
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type {} from "vitest";
import type { TestProject } from "vitest/node";
import { openPostgres } from "../apps/cli/src/embedded/postgres.js";
import { openRedis } from "../apps/cli/src/embedded/redis.js";
import { freePort } from "../apps/cli/src/embedded/server-process.js";

declare module "vitest" {
  export interface ProvidedContext {
    /** Administrator's address of the test PostgreSQL. */
    postgresUrl: string;
    redisUrl: string;
  }
}

/** Nothing here outlives the run, so nothing waits for the disk. */
const FORGETFUL = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=300"];

export default async function startServers(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "levain-test-"));
  await chmod(folder, 0o755);
  const postgres = await openPostgres({ folder: join(folder, "postgres"), port: await freePort(), settings: FORGETFUL });
  const redis = await openRedis({ folder: join(folder, "redis"), port: await freePort(), settings: ["--appendonly", "no"] });
  project.provide("postgresUrl", postgres.url);
  project.provide("redisUrl", redis.url);
  return async () => {
    await Promise.all([postgres.close(), redis.close()]);
    await rm(folder, { recursive: true, force: true });
  };
}
