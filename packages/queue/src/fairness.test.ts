import { randomUUID } from "node:crypto";
import type { RunId } from "@levain/contracts";
import { afterEach, beforeEach, describe, expect, inject, test, vi } from "vitest";
import { type Consumer, consume } from "./consumer.js";
import { openQueues, type Queues } from "./queues.js";

const redisUrl = inject("redisUrl");
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

const deal = (runId: RunId, products: number): Promise<void> =>
  queues.dealProducts(Array.from({ length: products }, (_, index) => ({ rank: index + 1, job: { version: 1, runId, productId: `product-${index}`, generation: 1 } })));

const WORKERS = 2;
const SLOTS = 4;

/** Workers that take each job for one turn of the event loop, and the runs whose jobs they took, in order. */
function startWorkers(taken: RunId[]): void {
  for (let worker = 0; worker < WORKERS; worker++) {
    const handler = async ({ runId }: { runId: RunId }): Promise<void> => {
      taken.push(runId);
      await new Promise((resolve) => setImmediate(resolve));
    };
    consumers.push(consume({ redisUrl, prefix, queue: "train-product", concurrency: SLOTS, handler }));
  }
}

describe("ten product trainings of one tenant behind ten thousand of another", () => {
  const [chain, bakery] = [randomUUID(), randomUUID()];
  const TEN = 10;
  const countOf = (runs: readonly RunId[], run: RunId): number => runs.filter((each) => each === run).length;

  test("are done before the fleet has taken twice as many jobs, counted from when they came", async () => {
    const taken: RunId[] = [];
    await deal(chain, 10_000);
    startWorkers(taken);
    await vi.waitUntil(() => taken.length >= 200, { timeout: 60_000, interval: 5 });
    const cameAt = taken.length;
    await deal(bakery, TEN);
    await vi.waitUntil(() => countOf(taken, bakery) === TEN, { timeout: 60_000, interval: 5 });
    const since = taken.slice(cameAt, taken.lastIndexOf(bakery) + 1);
    // What was in hand when they were on their way ends first; of every two jobs taken after that, one is theirs.
    const whileDealt = since.indexOf(bakery);
    expect(since.length - whileDealt).toBeLessThanOrEqual(2 * TEN + WORKERS * SLOTS);
  });

  test("that come at the same moment take turns with them, rank by rank", async () => {
    const taken: RunId[] = [];
    await deal(chain, 10_000);
    await deal(bakery, TEN);
    startWorkers(taken);
    await vi.waitUntil(() => countOf(taken, bakery) === TEN, { timeout: 60_000, interval: 5 });
    expect(taken.lastIndexOf(bakery) + 1).toBeLessThanOrEqual(2 * TEN + WORKERS * SLOTS);
  });
});
