import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeEach, describe, expect, inject, test, vi } from "vitest";
import { consume } from "./consumer.js";
import { openQueues, type Queues } from "./queues.js";
import { refuseForgetfulServer } from "./server.js";

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

describe("the queues", () => {
  test("say how full they are", async () => {
    const runId = randomUUID();
    await queues.enqueueStartRun({ version: 1, runId, generation: 1 });
    await queues.enqueueStartRun({ version: 1, runId, generation: 1 });
    await queues.enqueueStartRun({ version: 1, runId, generation: 2 });
    await queues.dealProducts([{ job: { version: 1, runId, productId: "croissant", generation: 1 }, rank: 1 }]);
    const filled = (await queues.depth()).filter(({ count }) => count > 0);
    expect(filled).toEqual([
      { queue: "start-run", state: "waiting", count: 2 },
      { queue: "train-product", state: "prioritized", count: 1 },
    ]);
  });

  test("hold ids and days, never data or a stack", async () => {
    const runId = randomUUID();
    await queues.enqueueStartRun({ version: 1, runId, generation: 1, requestId: "r1" });
    const job = await redis.hgetall(`${prefix}:start-run:s_${runId}_g1`);
    expect(JSON.parse(job["data"] ?? "")).toEqual({ version: 1, runId, generation: 1, requestId: "r1" });
    expect(JSON.parse(job["opts"] ?? "")).toMatchObject({ attempts: 4, removeOnComplete: { count: 1_000 }, removeOnFail: { count: 5_000 } });
  });

  test("have one nightly tick, however many processes set it at once", async () => {
    const others = Array.from({ length: 4 }, () => openQueues({ redisUrl, prefix }));
    await Promise.all([queues, ...others].map((each) => each.upsertNightlyTick(15)));
    const nightly = queues.boardQueues()[2];
    const schedulers = await nightly?.getJobSchedulers();
    expect(schedulers).toEqual([expect.objectContaining({ key: "tick", pattern: "0 */15 * * * *", tz: "UTC" })]);
    expect((await queues.depth()).filter(({ queue, count }) => queue === "nightly" && count > 0)).toEqual([{ queue: "nightly", state: "delayed", count: 1 }]);
    await Promise.all(others.map((each) => each.close()));
  });

  test("tick with a payload that says nothing, retried like any job", async () => {
    await queues.upsertNightlyTick(1);
    const ticks: unknown[] = [];
    const consumer = consume({ redisUrl, prefix, queue: "nightly", concurrency: 1, handler: async (tick, { attemptsLeft }) => void ticks.push({ tick, attemptsLeft }) });
    await queues.boardQueues()[2]?.promoteJobs();
    await vi.waitUntil(() => ticks.length > 0, { timeout: 30_000 });
    expect(ticks[0]).toEqual({ tick: { version: 1 }, attemptsLeft: 3 });
    await consumer.close();
  });

  test("accept the server of these tests, and refuse one that would forget", async () => {
    await queues.checkServer();
    expect(() => refuseForgetfulServer("redis_version:7.0.15\r\nmaxmemory_policy:allkeys-lru\r\n")).toThrow(/expected Redis with maxmemory-policy noeviction.*got allkeys-lru$/);
    expect(() => refuseForgetfulServer("redis_version:6.0.16\r\nmaxmemory_policy:noeviction\r\n")).toThrow("expected Redis 6.2 or newer; got 6.0.16");
    expect(() => refuseForgetfulServer("")).toThrow("got unknown");
    refuseForgetfulServer("redis_version:6.2.0\r\n");
  });

  test("without Redis answer within seconds, in words of ours", async () => {
    const errors: Error[] = [];
    const alone = openQueues({ redisUrl: "redis://127.0.0.1:1", prefix, onError: (error) => void errors.push(error) });
    await expect(alone.enqueueStartRun({ version: 1, runId: randomUUID(), generation: 1 })).rejects.toMatchObject({ code: "redis.unavailable" });
    await expect(alone.ping()).rejects.toMatchObject({ code: "redis.unavailable" });
    expect(errors[0]?.message).toContain("ECONNREFUSED");
    await alone.close();
  });
});
