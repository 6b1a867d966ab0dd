import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import fc from "fast-check";
import { Redis } from "ioredis";
import { afterEach, beforeEach, describe, expect, inject, test, vi } from "vitest";
import type { Allowance } from "./allowance.js";
import { createLimiter, type Limiter } from "./limiter.js";
import { createOwnBuckets } from "./own-buckets.js";

/** A way to Redis that can be cut, or left open with nobody answering. */
class WayToRedis {
  #server: Server | undefined;
  readonly #sockets = new Set<Socket>();
  isSilent = false;
  port = 0;

  async open(): Promise<void> {
    const target = new URL(inject("redisUrl"));
    this.#server = createServer((near) => {
      const far = connect(Number(target.port), target.hostname);
      for (const [one, other] of [[near, far], [far, near]] as const) {
        this.#sockets.add(one);
        one.on("error", () => undefined).on("close", () => other.destroy());
        one.on("data", (data) => void (this.isSilent || other.write(data)));
      }
    }).listen(this.port, "127.0.0.1");
    await once(this.#server, "listening");
    this.port = (this.#server.address() as AddressInfo).port;
  }

  cut(): void {
    this.#server?.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

let way: WayToRedis;
let redis: Redis;
let limiter: Limiter;
let alone: number;
beforeEach(async () => {
  way = new WayToRedis();
  await way.open();
  redis = new Redis({ host: "127.0.0.1", port: way.port, maxRetriesPerRequest: null });
  redis.on("error", () => undefined);
  await once(redis, "ready");
  alone = 0;
  limiter = createLimiter({ redis, prefix: `{test-${randomUUID()}}`, onAlone: () => (alone += 1) });
});
afterEach(() => {
  redis.disconnect();
  way.cut();
});

/** Hardly refilled within a test. */
const slow = (name: string, burst: number): Allowance => ({ name, burst, perMinute: 0.1 });

const takeTimes = async (times: number, allowances: readonly Allowance[], from = limiter): Promise<number> => {
  const waits = await Promise.all(Array.from({ length: times }, () => from.take(allowances)));
  return waits.filter((wait) => wait === 0).length;
};

describe("an allowance", () => {
  test("lets through its burst and tells the others how long to wait", async () => {
    expect(await takeTimes(50, [slow("a", 10)])).toBe(10);
    const wait = await limiter.take([slow("a", 10)]);
    expect(wait).toBeGreaterThan(500_000);
    expect(wait).toBeLessThanOrEqual(600_000);
  });

  test("comes back with time", async () => {
    const quick: Allowance = { name: "quick", burst: 1, perMinute: 6_000 };
    expect(await limiter.take([quick])).toBe(0);
    while ((await limiter.take([quick])) > 0);
    expect(await takeTimes(1, [slow("other", 1)])).toBe(1);
  });

  test("of one is not another's", async () => {
    expect(await takeTimes(5, [slow("a", 2)])).toBe(2);
    expect(await takeTimes(5, [slow("b", 2)])).toBe(2);
  });

  test("is one for all processes", async () => {
    const prefix = `{test-${randomUUID()}}`;
    const processes = [createLimiter({ redis, prefix }), createLimiter({ redis, prefix })];
    const let_through = await Promise.all(processes.map((process) => takeTimes(20, [slow("a", 10)], process)));
    expect(let_through.reduce((sum, count) => sum + count)).toBe(10);
  });

  test("together with another is taken from both or from neither", async () => {
    expect(await takeTimes(5, [slow("small", 2), slow("large", 10)])).toBe(2);
    expect(await takeTimes(20, [slow("large", 10)])).toBe(8);
  });

  test("is not used up by a look at it, and nobody is held back by none", async () => {
    for (let time = 0; time < 5; time++) expect(await limiter.look([slow("a", 1)])).toBe(0);
    expect(await limiter.take([slow("a", 1)])).toBe(0);
    expect(await limiter.look([slow("a", 1)])).toBeGreaterThan(0);
    expect(await limiter.take([])).toBe(0);
  });

  test("is forgotten by Redis once it would be full again", async () => {
    const brief: Allowance = { name: "brief", burst: 5, perMinute: 1 };
    await limiter.take([brief]);
    const [key = ""] = await redis.keys("*:limit:brief");
    const expiryMs = await redis.pttl(key);
    expect(expiryMs).toBeGreaterThan(0);
    expect(expiryMs).toBeLessThanOrEqual(300_000);
  });
});

describe("without Redis", () => {
  test("a process counts by itself, at once, and with all of them again when Redis is back", async () => {
    const prefix = `{test-${randomUUID()}}`;
    const [here, elsewhere] = [createLimiter({ redis, prefix, onAlone: () => (alone += 1) }), createLimiter({ redis, prefix })];
    expect(await takeTimes(5, [slow("used-up-elsewhere", 3)], elsewhere)).toBe(3);
    way.cut();
    await once(redis, "close");
    expect(await takeTimes(50, [slow("used-up-elsewhere", 3)], here)).toBe(3);
    expect(await takeTimes(50, [slow("b", 4)], here)).toBe(4);
    expect(alone).toBe(1);
    await way.open();
    await once(redis, "ready");
    // Alone, `b` is used up; with all of them it never was.
    await vi.waitUntil(async () => (await here.look([slow("b", 4)])) === 0, { timeout: 30_000 });
    expect(await here.look([slow("used-up-elsewhere", 3)])).toBeGreaterThan(0);
  });

  test("that does not answer, it waits once and not for every request", async () => {
    way.isSilent = true;
    const since = performance.now();
    expect(await takeTimes(1, [slow("a", 100)])).toBe(1);
    const firstMs = performance.now() - since;
    for (let time = 0; time < 20; time++) await limiter.take([slow("a", 100)]);
    expect(firstMs).toBeGreaterThanOrEqual(240);
    // Twenty more waits would take twenty times as long.
    expect(performance.now() - since - firstMs).toBeLessThan(10 * firstMs);
  });
});

test("own buckets · let through no more than the burst and what came back, over any stretch of time", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 6_000 }), fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 200 }), (burst, perMinute, pausesMs) => {
      const take = createOwnBuckets();
      let nowMs = 0;
      let through = 0;
      for (const pauseMs of pausesMs) {
        nowMs += pauseMs;
        if (take([{ name: "a", burst, perMinute }], true, nowMs) === 0) through += 1;
      }
      expect(through).toBeLessThanOrEqual(burst + (nowMs * perMinute) / 60_000 + 1e-6);
    }),
  );
});

test("own buckets · say how long to wait such that waiting is enough", () => {
  const take = createOwnBuckets();
  const allowance: Allowance = { name: "a", burst: 1, perMinute: 7 };
  expect(take([allowance], true, 0)).toBe(0);
  const wait = take([allowance], true, 100);
  expect(take([allowance], true, 100 + wait - 10)).toBeGreaterThan(0);
  expect(take([allowance], true, 100 + wait)).toBe(0);
});

test("own buckets · stay bounded however many ask", () => {
  const take = createOwnBuckets();
  for (let each = 0; each < 30_000; each++) take([slow(`key ${each}`, 1)], true, 0);
  expect(take([slow("key 29999", 1)], true, 0)).toBeGreaterThan(0);
  expect(take([slow("key 0", 1)], true, 0)).toBe(0);
});
