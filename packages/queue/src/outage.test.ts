import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as passing } from "node:timers/promises";
import type { NumberedEvent, ProgressEvent } from "@levain/contracts";
import { afterEach, beforeEach, describe, expect, inject, test, vi } from "vitest";
import { ownPort } from "../../../test/own-port.js";
import { type Consumer, consume } from "./consumer.js";
import { openProgress, type Progress } from "./progress.js";
import { openQueues, type Queues } from "./queues.js";

/** A way to Redis that can be cut: connections break, and new ones are refused until it is mended. */
class BreakableRedis {
  #server: Server | null = null;
  #sockets = new Set<Socket>();
  #port = 0;
  readonly #target = new URL(inject("redisUrl"));

  get url(): string {
    return `redis://127.0.0.1:${this.#port}`;
  }

  /** Always at the same port, which nobody else may have been given meanwhile. */
  async mend(): Promise<void> {
    this.#port ||= await ownPort();
    this.#server = createServer((near) => {
      const far = connect(Number(this.#target.port), this.#target.hostname);
      for (const [one, other] of [[near, far], [far, near]] as const) {
        this.#sockets.add(one);
        one.on("error", () => undefined).on("close", () => {
          this.#sockets.delete(one);
          other.destroy();
        });
        one.pipe(other);
      }
    }).listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
  }

  cut(): void {
    this.#server?.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** Milliseconds. Several times a blocking read and its watchdog: the library once stayed silent for ever after such an outage. */
const OUTAGE_MS = 12_000;

const runId = randomUUID();
let prefix: string;
let way: BreakableRedis;
let consumer: Consumer | undefined;
let far: { queues: Queues; progress: Progress };

beforeEach(async () => {
  prefix = `{test-${randomUUID()}}`;
  way = new BreakableRedis();
  await way.mend();
  far = { queues: openQueues({ redisUrl: inject("redisUrl"), prefix }), progress: openProgress({ redisUrl: inject("redisUrl"), prefix }) };
});
afterEach(async () => {
  await consumer?.close();
  await Promise.all([far.queues.close(), far.progress.close()]);
  way.cut();
});

const deal = (productId: string) => far.queues.dealProducts([{ job: { version: 1, runId, productId, generation: 1 }, rank: 1 }]);
const event = (type: "run.accepted" | "run.finished"): ProgressEvent => {
  const about = { runId, at: "2026-05-01T04:15:00.000Z" };
  return type === "run.accepted" ? { type, ...about } : { type, ...about, status: "finished", totals: { products: 0, trained: 0, unchanged: 0, skipped: 0, failed: 0, dead: 0, cancelled: 0 } };
};

describe("an outage of Redis", () => {
  test("longer than every watchdog ends, and workers and followers go on without a restart", async () => {
    const taken: string[] = [];
    consumer = consume({ redisUrl: way.url, prefix, queue: "train-product", concurrency: 2, handler: async ({ productId }) => void taken.push(productId) });
    const near = openProgress({ redisUrl: way.url, prefix });
    const seen: NumberedEvent[] = [];
    const following = (async () => {
      for await (const each of near.follow(runId, null, new AbortController().signal)) seen.push(each);
    })();
    await deal("before");
    await far.progress.publish(event("run.accepted"));
    await vi.waitUntil(() => taken.length === 1 && seen.length === 1, { timeout: 30_000 });

    way.cut();
    await expect(near.publish(event("run.accepted")), "news cannot wait").rejects.toMatchObject({ code: "redis.unavailable" });
    await deal("during");
    await far.progress.publish(event("run.finished"));
    await passing(OUTAGE_MS);
    expect(taken).toEqual(["before"]);

    await way.mend();
    await vi.waitUntil(() => taken.length === 2, { timeout: 30_000 });
    await following;
    await deal("after");
    await vi.waitUntil(() => taken.length === 3, { timeout: 30_000 });
    expect(taken).toEqual(["before", "during", "after"]);
    expect(seen.map((each) => each.event.type)).toEqual(["run.accepted", "run.finished"]);
    await near.close();
  });
});

describe("a worker without Redis", () => {
  test("can still stop", async () => {
    consumer = consume({ redisUrl: way.url, prefix, queue: "train-product", concurrency: 1, handler: async () => undefined });
    await consumer.ready();
    way.cut();
    await consumer.drain(0);
  });

  test("that was away from the start can still stop", async () => {
    way.cut();
    consumer = consume({ redisUrl: way.url, prefix, queue: "train-product", concurrency: 1, handler: async () => undefined });
    await consumer.drain(0);
  });
});
