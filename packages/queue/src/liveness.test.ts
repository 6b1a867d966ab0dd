import { randomUUID } from "node:crypto";
import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { type Liveness, watchLiveness } from "./liveness.js";

const redis = new Redis(inject("redisUrl"), { maxRetriesPerRequest: null });
afterAll(() => redis.quit());

let queue: Queue;
let worker: Worker<unknown>;
let liveness: Liveness;
let clockMs: number;
let isBusy: boolean;

beforeEach(async () => {
  const prefix = `{test-${randomUUID()}}`;
  queue = new Queue("train-product", { connection: redis, prefix });
  // A worker as an outage might leave it: it says that all is well, and takes nothing.
  worker = new Worker<unknown>("train-product", null, { connection: redis, prefix, autorun: false });
  await worker.waitUntilReady();
  clockMs = 0;
  isBusy = false;
  liveness = watchLiveness(worker, redis, { isBusy: () => isBusy, now: () => clockMs });
});
afterEach(async () => {
  await worker.close();
  await queue.close();
});

/** Asks every ten seconds for so long. */
const askFor = async (seconds: number): Promise<void> => {
  for (let passed = 0; passed <= seconds; passed += 10) {
    await liveness.check();
    clockMs += 10_000;
  }
};

describe("a worker", () => {
  test("that takes nothing for a minute while jobs wait is not alive", async () => {
    await queue.add("train-product", {}, { priority: 3 });
    await askFor(50);
    await expect(liveness.check()).rejects.toThrow("1 jobs of train-product wait, but none was taken for 60 s");
  });

  test("is alive as long as it takes jobs", async () => {
    await queue.add("train-product", {});
    for (let round = 0; round < 3; round += 1) {
      await askFor(40);
      liveness.taken();
    }
    await askFor(50);
    await expect(liveness.check()).rejects.toThrow("none was taken");
  });

  test("is alive when nothing waits, however long, and when all its slots are in use", async () => {
    await askFor(600);
    await queue.add("train-product", {});
    await askFor(50);
    isBusy = true;
    await askFor(600);
    isBusy = false;
    await askFor(50);
  });

  test("is alive while an operator has paused the queue", async () => {
    await queue.add("train-product", {}, { priority: 1 });
    await queue.pause();
    await askFor(600);
  });
});
