import { randomUUID } from "node:crypto";
import { Failure } from "@levain/contracts";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeEach, describe, expect, inject, test, vi } from "vitest";
import { startFairClock } from "../../../test/fair-clock.js";
import { consume } from "./consumer.js";
import { openQueues, type Queues } from "./queues.js";

const redisUrl = inject("redisUrl");
const redis = new Redis(redisUrl);
afterAll(() => redis.quit());

let prefix: string;
let queues: Queues;
beforeEach(() => {
  prefix = `{test-${randomUUID()}}`;
  queues = openQueues({ redisUrl, prefix });
});
afterEach(() => queues.close());

const runId = randomUUID();
const training = (number: number, generation = 1) => ({ version: 1 as const, runId, productId: `bread-${number}`, generation });
const wipe = async (): Promise<void> => {
  const keys = await redis.keys(`${prefix.replace(/[{}[\]]/g, "\\$&")}:*`);
  if (keys.length > 0) await redis.del(keys);
};

describe("a queue", () => {
  test("knows the jobs that wait, are delayed or are worked on, and is said to have lost those that ended, other generations and the unknown", async () => {
    const deal = (job: ReturnType<typeof training>, rank: number) => queues.dealProducts([{ job, rank }]);
    await Promise.all([deal(training(1), 1), deal(training(2), 2), deal(training(3), 3)]);
    let letGo = (): void => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    const consumer = consume({
      redisUrl,
      prefix,
      queue: "train-product",
      concurrency: 1,
      handler: async ({ productId }) => {
        if (productId === "bread-2") throw new Failure("source.breaker-open", "later", {}, { retryAfterMs: 600_000 });
        if (productId === "bread-3") await held;
      },
    });
    await vi.waitUntil(async () => (await queues.depth()).some(({ state, count }) => state === "delayed" && count === 1), { timeout: 30_000 });
    await vi.waitUntil(() => consumer.running() === 1, { timeout: 30_000 });
    await deal(training(4), 4);
    const asked = [training(1), training(2), training(2, 2), training(3), training(4), training(5)];
    expect(await queues.lostProducts(asked)).toEqual([training(1), training(2, 2), training(5)]);
    letGo();
    await consumer.close();
  });

  test("of thousands of jobs tells in a moment which it lost", async () => {
    const jobs = Array.from({ length: 10_000 }, (_, index) => training(index));
    await queues.dealProducts(jobs.filter((_, index) => index % 2 === 0).map((job, rank) => ({ job, rank: rank + 1 })));
    const clock = startFairClock();
    expect(await queues.lostProducts(jobs)).toHaveLength(5_000);
    clock.stop();
    // Measured 0.1 s: ten round trips.
    expect(clock.passedMs()).toBeLessThan(5_000);
  });

  test("knows a run's start by its generation", async () => {
    const start = { version: 1 as const, runId, generation: 1 };
    await queues.enqueueStartRun(start);
    expect(await queues.lostStarts([start, { ...start, generation: 2 }])).toEqual([{ ...start, generation: 2 }]);
  });
});

describe("a Redis that was emptied", () => {
  test("does not know the epoch any more, nor the nightly tick, until both are set again", async () => {
    expect([await queues.epoch(), await queues.isNightlyTickSet()]).toEqual([null, false]);
    await queues.rememberEpoch("one");
    await queues.upsertNightlyTick(15);
    expect([await queues.epoch(), await queues.isNightlyTickSet()]).toEqual(["one", true]);
    await wipe();
    expect([await queues.epoch(), await queues.isNightlyTickSet()]).toEqual([null, false]);
    await queues.upsertNightlyTick(15);
    expect(await queues.isNightlyTickSet()).toBe(true);
  });

  test("of the next tick alone is noticed to have lost it", async () => {
    await queues.upsertNightlyTick(15);
    const [next] = (await queues.boardQueues()[2]?.getDelayed()) ?? [];
    await redis.del(`${prefix}:nightly:${next?.id}`);
    expect(await queues.isNightlyTickSet()).toBe(false);
  });
});
