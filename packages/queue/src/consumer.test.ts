import { randomUUID } from "node:crypto";
import { Failure, type FailureCode, type RunId, type TrainProductJob } from "@levain/contracts";
import { Worker } from "bullmq";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeEach, describe, expect, inject, test, vi } from "vitest";
import { startFairClock } from "../../../test/fair-clock.js";
import { type Consumer, type ConsumerHooks, type ConsumerOptions, consume } from "./consumer.js";
import { trainProductJobId } from "./jobs.js";
import { openProgress } from "./progress.js";
import { openQueues, type Queues } from "./queues.js";

const redisUrl = inject("redisUrl");
const redis = new Redis(redisUrl);
afterAll(() => redis.quit());

const runId: RunId = randomUUID();
const jobFor = (productId: string, run = runId): TrainProductJob => ({ version: 1, runId: run, productId, generation: 1 });

/** For what comes sooner or later; the default of a second is too soon on a machine that has other things to do. */
const PATIENTLY = { timeout: 30_000 };

let prefix: string;
let queues: Queues;
let consumers: Consumer[];
beforeEach(() => {
  prefix = `{test-${randomUUID()}}`;
  queues = openQueues({ redisUrl, prefix });
  consumers = [];
});
afterEach(async () => {
  await Promise.all(consumers.map((consumer) => consumer.close()));
  await queues.close();
});

type Handler = ConsumerOptions<"train-product">["handler"];
type Options = Partial<Omit<ConsumerOptions<"train-product">, "queue" | "handler">>;

function work(handler: Handler, options: Options = {}): Consumer {
  const consumer = consume({ redisUrl, prefix, queue: "train-product", concurrency: 1, handler, ...options });
  consumers.push(consumer);
  return consumer;
}

const deal = (...productIds: string[]) => queues.dealProducts(productIds.map((productId, index) => ({ job: jobFor(productId), rank: index + 1 })));
const field = (productId: string, name: string) => redis.hget(`${prefix}:train-product:${trainProductJobId(jobFor(productId))}`, name);
const count = async (state: string) => (await queues.depth()).find((depth) => depth.queue === "train-product" && depth.state === state)?.count;
const isIn = (set: string) => vi.waitUntil(async () => (await count(set)) === 1, { ...PATIENTLY, interval: 20 });

/** What the hooks were told, in order. */
function listen(): { told: string[]; on: ConsumerHooks<"train-product"> } {
  const told: string[] = [];
  return {
    told,
    on: {
      onDeferred: (job, failure, delayMs) => void told.push(`deferred ${job.productId} ${failure.code} ${delayMs}`),
      onRetried: (job, failure, _delayMs, attemptsLeft) => void told.push(`retried ${job.productId} ${failure.code} left ${attemptsLeft}`),
      onFailed: (job, failure) => void told.push(`failed ${job.productId} ${failure.code}`),
      onMalformed: (_jobId, failure) => void told.push(`malformed ${failure.code}`),
      onStalled: () => void told.push("stalled"),
    },
  };
}

/** A handler that waits to be aborted, and the signal it was given. */
function waitForAbort(): { handler: Handler; started: Promise<AbortSignal> } {
  let begin: (signal: AbortSignal) => void;
  const started = new Promise<AbortSignal>((resolve) => {
    begin = resolve;
  });
  return {
    started,
    handler: async (_job, { signal }) => {
      begin(signal);
      await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
    },
  };
}

describe("a job", () => {
  test("reaches one worker, with ids and nothing else", async () => {
    const seen: unknown[] = [];
    work(async (job, { attempt, attemptsLeft, jobId, enqueuedAt }) => void seen.push({ job, attempt, attemptsLeft, jobId, isRecent: Date.now() - enqueuedAt.getTime() < 10_000 }));
    work(async (job) => void seen.push({ job }));
    await deal("croissant");
    await vi.waitUntil(() => seen.length > 0, PATIENTLY);
    await vi.waitUntil(async () => (await field("croissant", "finishedOn")) !== null, PATIENTLY);
    expect(seen).toEqual([expect.objectContaining({ job: jobFor("croissant") })]);
  });

  test("dealt twice is done once", async () => {
    const seen: string[] = [];
    work(async ({ productId }) => void seen.push(productId));
    await deal("croissant", "baguette");
    await vi.waitUntil(() => seen.length === 2, PATIENTLY);
    await vi.waitUntil(async () => (await count("active")) === 0, PATIENTLY);
    await deal("croissant", "baguette", "brioche");
    await vi.waitUntil(() => seen.length === 3, PATIENTLY);
    expect(seen).toEqual(["croissant", "baguette", "brioche"]);
  });

  test("of a small bakery does not wait behind a chain's: ranks take turns", async () => {
    const [chain, small] = [randomUUID(), randomUUID()];
    const deals = (run: string, products: number) => Array.from({ length: products }, (_, index) => ({ job: jobFor(`p${index + 1}`, run), rank: index + 1 }));
    await queues.dealProducts(deals(chain, 1_200));
    await queues.dealProducts(deals(small, 3));
    const order: string[] = [];
    let enough: () => void;
    const six = new Promise<void>((resolve) => {
      enough = resolve;
    });
    work(async (job, { signal }) => {
      order.push(`${job.runId === chain ? "chain" : "small"} ${job.productId}`);
      if (order.length < 6) return;
      enough();
      await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
    });
    await six;
    expect(order).toEqual(["chain p1", "small p1", "chain p2", "small p2", "chain p3", "small p3"]);
  });

  test("that nobody can read fails at once, and a person is told", async () => {
    const { told, on } = listen();
    work(async () => void told.push("handled"), { on });
    await queues.boardQueues()[1]?.add("train-product", { productId: "no run" }, { jobId: "odd" });
    await isIn("failed");
    expect(told).toEqual(["malformed job.malformed"]);
    expect(await redis.hget(`${prefix}:train-product:odd`, "failedReason")).toMatch(/^expected a train-product job; /);
  });
});

describe("a failure", () => {
  test("that may pass uses an attempt, is told first, and the job runs again later", async () => {
    const { told, on } = listen();
    const attempts: number[] = [];
    work(async (_job, { attempt }) => {
      attempts.push(attempt);
      if (attempt === 1) throw new Failure("artifact.unavailable", "the store restarts");
    }, { on: { ...on, onRetried: async (...args) => {
      expect(await count("active"), "told before it is moved").toBe(1);
      on.onRetried?.(...args);
    } } });
    await deal("croissant");
    await vi.waitUntil(() => attempts.length === 2, PATIENTLY);
    expect(attempts).toEqual([1, 2]);
    expect(told).toEqual(["retried croissant artifact.unavailable left 3"]);
  });

  test("that does not pass ends the job after its last attempt", async () => {
    const { told, on } = listen();
    const consumer = work(() => Promise.reject(new Error("till says: key lvn_tenant_k1_hunter2")), { on });
    // The delays are skipped: whatever is delayed is due.
    const skipping = setInterval(() => void queues.boardQueues()[1]?.promoteJobs(), 50);
    await deal("croissant");
    await isIn("failed");
    clearInterval(skipping);
    await consumer.close();
    expect(told).toEqual(["retried croissant unexpected left 3", "retried croissant unexpected left 2", "retried croissant unexpected left 1", "failed croissant unexpected"]);
    expect(await field("croissant", "failedReason"), "an untranslated message stays out of Redis").toBe("unexpected: Error (see the log)");
    expect(await field("croissant", "stacktrace")).toBe("[]");
  });

  test.each<FailureCode>(["source.malformed", "stale-fence", "run.deadline-passed"])("%s ends the job at once", async (code) => {
    const { told, on } = listen();
    work(() => Promise.reject(new Failure(code, "no use")), { on });
    await deal("croissant");
    await isIn("failed");
    expect(told).toEqual([`failed croissant ${code}`]);
    expect(await field("croissant", "failedReason")).toBe(`${code}: no use`);
  });

  test("that asks for later defers the job without using an attempt", async () => {
    const { told, on } = listen();
    const attempts: number[] = [];
    work(async (_job, { attempt }) => {
      attempts.push(attempt);
      if (attempts.length <= 6) throw new Failure("source.breaker-open", "sales is down", {}, { retryAfterMs: 20 });
    }, { on });
    await deal("croissant");
    await vi.waitUntil(() => attempts.length === 7, PATIENTLY);
    expect(attempts).toEqual([1, 1, 1, 1, 1, 1, 1]);
    expect(told).toHaveLength(6);
    expect(told[0]).toMatch(/^deferred croissant source.breaker-open 2\d$/);
  });

  test("that nobody could be told is not lost: the job fails again later", async () => {
    const errors: string[] = [];
    work(() => Promise.reject(new Failure("source.rejected", "404")), {
      on: { onFailed: () => Promise.reject(new Error("Postgres is away")), onError: (error) => void errors.push(error.message) },
    });
    await deal("croissant");
    await isIn("delayed");
    expect(errors).toEqual(["Postgres is away"]);
    expect(await count("failed")).toBe(0);
  });
});

describe("a worker that stops", () => {
  test("takes no more jobs and lets the running ones end", async () => {
    const ended: string[] = [];
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const consumer = work(async ({ productId }) => {
      await gate;
      ended.push(productId);
    });
    await deal("croissant", "baguette");
    await vi.waitUntil(() => consumer.running() === 1, PATIENTLY);
    const drained = consumer.drain(10_000);
    release();
    await drained;
    expect(ended).toEqual(["croissant"]);
    expect(await count("prioritized")).toBe(1);
    expect(await count("active")).toBe(0);
  });

  test("puts back what does not end by the deadline: no attempt used, at once in other hands", async () => {
    const { told, on } = listen();
    const { handler, started } = waitForAbort();
    const stopping = work(handler, { on });
    await deal("croissant");
    const signal = await started;
    await stopping.drain(50);
    expect(signal.reason).toMatchObject({ code: "process.stopping" });
    expect(told).toEqual(["deferred croissant process.stopping 0"]);
    expect(await count("prioritized")).toBe(1);
    const attempts: number[] = [];
    work(async (_job, { attempt }) => void attempts.push(attempt));
    await vi.waitUntil(() => attempts.length === 1, PATIENTLY);
    expect(attempts).toEqual([1]);
  });

  test("whose idle neighbour waits for work hands a job over within seconds", async () => {
    const { handler, started } = waitForAbort();
    const stopping = work(handler);
    await deal("croissant");
    await started;
    const taken: string[] = [];
    const neighbour = work(async ({ productId }) => void taken.push(productId));
    await neighbour.ready();
    const clock = startFairClock();
    await stopping.drain(0);
    await vi.waitUntil(() => taken.length === 1, PATIENTLY);
    clock.stop();
    expect(clock.passedMs()).toBeLessThan(4_000);
  });

  test("leaves a handler behind that does not heed the abort", async () => {
    const consumer = work(() => new Promise(() => undefined));
    await deal("croissant");
    await vi.waitUntil(() => consumer.running() === 1, PATIENTLY);
    await consumer.drain(0);
    expect(await count("prioritized")).toBe(1);
    expect(await count("active")).toBe(0);
  });

  test("still says that a job must never run again", async () => {
    const { told, on } = listen();
    const consumer = work(async (_job, { signal }) => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      throw new Failure("stale-fence", "someone else committed");
    }, { on });
    await deal("croissant");
    await vi.waitUntil(() => consumer.running() === 1, PATIENTLY);
    await consumer.drain(0);
    expect(told).toEqual(["failed croissant stale-fence"]);
  });
});

describe("a lock that is lost", () => {
  test("aborts the handler, and the job goes on elsewhere without a word from here", async () => {
    const { told, on } = listen();
    const { handler, started } = waitForAbort();
    work(handler, { lockDurationMs: 400, on });
    await deal("croissant");
    const signal = await started;
    const attempts: number[] = [];
    work(async (_job, { attempt }) => void attempts.push(attempt), { lockDurationMs: 400 });
    await redis.set(`${prefix}:train-product:${trainProductJobId(jobFor("croissant"))}:lock`, "another worker's token", "PX", 300);
    await vi.waitUntil(() => signal.aborted, PATIENTLY);
    expect(signal.reason).toMatchObject({ code: "stale-fence" });
    await vi.waitUntil(() => attempts.length === 1, PATIENTLY);
    await vi.waitUntil(async () => (await count("active")) === 0, PATIENTLY);
    expect(attempts).toEqual([1]);
    expect(told.filter((line) => line !== "stalled")).toEqual([]);
    expect(await count("failed")).toBe(0);
  });

  test("because its worker vanished lets the job go on elsewhere, within twice the lock's duration", async () => {
    const { told, on } = listen();
    const vanishing = new Worker("train-product", null, { connection: redis.duplicate({ maxRetriesPerRequest: null }), prefix, autorun: false, lockDuration: 400 });
    await deal("croissant");
    // Taken, and then no sign of life: nobody renews the lock.
    expect((await vanishing.getNextJob("token"))?.data).toEqual(jobFor("croissant"));
    const clock = startFairClock();
    const attempts: number[] = [];
    work(async (_job, { attempt }) => void attempts.push(attempt), { lockDurationMs: 400, on });
    await vi.waitUntil(() => attempts.length === 1, { ...PATIENTLY, interval: 10 });
    clock.stop();
    expect(clock.passedMs()).toBeLessThan(2_000);
    expect(attempts, "no attempt used").toEqual([1]);
    expect(told).toEqual(["stalled"]);
    await vanishing.close();
  });

  test("too often by its workers fails the job, and that is told", async () => {
    const { told, on } = listen();
    await deal("croissant");
    // As BullMQ leaves it when a job stalled once too often: back in the queue, with its failure decided.
    const key = `${prefix}:train-product:${trainProductJobId(jobFor("croissant"))}`;
    await redis.hset(key, "defa", "job stalled more than allowable limit");
    work(async () => void told.push("handled"), { on });
    await isIn("failed");
    await vi.waitUntil(() => told.length > 0, PATIENTLY);
    expect(told).toEqual(["failed croissant unexpected"]);
  });
});

describe("the connections of a process", () => {
  test("are one for everything that does not block, and one per consumer", async () => {
    // A database number of its own tells these connections from those of other tests.
    const address = Object.assign(new URL(redisUrl), { pathname: "/9" }).href;
    const open = async () => String(await redis.client("LIST")).split("\n").filter((line) => line.includes(" db=9 ")).length;
    const [asking, board] = [openQueues({ redisUrl: address, prefix }), openQueues({ redisUrl: address, prefix })];
    const progress = openProgress({ redisUrl: address, prefix });
    const consumer = work(async () => undefined, { redisUrl: address });
    await Promise.all([asking.ping(), board.ping(), consumer.ready(), progress.publish({ type: "run.accepted", runId, at: "2026-05-01T04:15:00.000Z" })]);
    expect(await open()).toBe(2);
    await Promise.all([asking.close(), consumer.close(), progress.close()]);
    await board.ping();
    expect(await open()).toBe(1);
    await board.close();
    await expect.poll(open).toBe(0);
  });
});
