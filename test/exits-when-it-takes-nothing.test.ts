import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { copyDatabase, migrationsFolder } from "@levain/db";
import { openQueues } from "@levain/queue";
import { expect, inject, it } from "vitest";

const WORKER = fileURLToPath(new URL("../apps/worker/dist/main.js", import.meta.url));

it("a worker that takes nothing while work is due ends itself, with a code that asks for a restart", async () => {
  const prefix = `{test-${randomUUID().slice(0, 8)}}`;
  const redisUrl = inject("redisUrl");
  const database = await copyDatabase(inject("postgresUrl"), migrationsFolder);
  const queues = openQueues({ redisUrl, prefix });
  // A queue that gives nothing to anybody, as it looks to a worker that has lost it for good: jobs wait, slots are free,
  // nothing says why.
  await queues.redis.hset(`${prefix}:train-product:meta`, "concurrency", 0);
  await queues.dealProducts([{ rank: 1, job: { version: 1, runId: randomUUID(), productId: "croissant", generation: 1 } }]);

  const artifacts = await mkdtemp(join(tmpdir(), "levain-artifacts-"));
  const env = { ...process.env, ARTIFACT_STORE: `file:${artifacts}`, DATABASE_URL: database.url, REDIS_URL: redisUrl, QUEUE_PREFIX: prefix, FIT_THREADS: "1", STARVED_AFTER_SECONDS: "1", LOG_LEVEL: "info" };
  const worker = spawn(process.execPath, [WORKER], { env, stdio: ["ignore", "pipe", "inherit"] });
  const lines: string[] = [];
  worker.stdout.on("data", (chunk: Buffer) => lines.push(chunk.toString()));
  const [code] = (await once(worker, "close")) as [number | null];

  expect(lines.join("")).toContain("worker takes no jobs and ends itself");
  expect(lines.join("")).toContain("1 jobs of train-product wait, but none was taken for");
  expect(code).toBe(1);
  await rm(artifacts, { recursive: true, force: true });
  await queues.close();
  await database.drop();
});
