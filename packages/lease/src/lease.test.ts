import { randomUUID } from "node:crypto";
import { once } from "node:events";
import fc from "fast-check";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeEach, describe, expect, inject, test, vi } from "vitest";
import { type Leases, openLeases } from "./index.js";

const redis = new Redis(inject("redisUrl"));
afterAll(() => redis.quit());
afterEach(() => void vi.useRealTimers());

const FIRST = randomUUID();
const SECOND = randomUUID();
const TENANT = "corner-bakery";

let prefix: string;
beforeEach(() => {
  prefix = `{test-${randomUUID()}}`;
});

const open = (ttlMs = 60_000): Leases => openLeases({ redis, prefix, ttlMs });

describe("a lease", () => {
  test("is held by one run of a tenant at a time", async () => {
    const leases = open();
    expect(await leases.take(TENANT, FIRST)).toBe("taken");
    expect(await leases.take(TENANT, FIRST)).toBe("already-ours");
    expect(await leases.take(TENANT, SECOND)).toEqual({ heldBy: FIRST });
    expect(await leases.take("other-bakery", SECOND)).toBe("taken");
    expect(await leases.holder(TENANT)).toBe(FIRST);
  });

  test("goes to exactly one of many runs that ask at once", async () => {
    const leases = open();
    const runs = Array.from({ length: 50 }, () => randomUUID());
    const answers = await Promise.all(runs.map((run) => leases.take(TENANT, run)));
    expect(answers.filter((answer) => answer === "taken")).toHaveLength(1);
    const holder = await leases.holder(TENANT);
    expect(runs[answers.indexOf("taken")]).toBe(holder);
    expect(answers.filter((answer) => typeof answer === "object" && answer.heldBy === holder)).toHaveLength(49);
  });

  test("is renewed and released by its run only", async () => {
    const leases = open();
    await leases.take(TENANT, FIRST);
    expect(await leases.renew(TENANT, SECOND)).toBe(false);
    expect(await leases.release(TENANT, SECOND)).toBe(false);
    expect(await leases.renew(TENANT, FIRST)).toBe(true);
    expect(await leases.release(TENANT, FIRST)).toBe(true);
    expect(await leases.release(TENANT, FIRST)).toBe(false);
    expect(await leases.holder(TENANT)).toBeNull();
  });

  test("passes to a second run when the first stops renewing", async () => {
    const [leases, key] = [open(60_000), `${prefix}:lease:${TENANT}`];
    const isWhole = async (): Promise<boolean> => (await redis.pttl(key)) > 30_000;
    await leases.take(TENANT, FIRST);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const keeper = leases.keep(TENANT, FIRST, () => undefined);
    for (let third = 0; third < 6; third += 1) {
      await redis.pexpire(key, 30_000);
      vi.advanceTimersByTime(20_000);
      await vi.waitUntil(isWhole, { timeout: 30_000 });
    }
    expect(await leases.take(TENANT, SECOND), "kept for twice its ttl").toEqual({ heldBy: FIRST });
    keeper.stop();
    await redis.pexpire(key, 30_000);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(await isWhole(), "renewed by nobody").toBe(false);
    await redis.pexpire(key, 1);
    await vi.waitUntil(async () => (await leases.take(TENANT, SECOND)) === "taken", { timeout: 30_000 });
    expect(await leases.renew(TENANT, FIRST)).toBe(false);
  });

  test("tells its keeper when another run has it", async () => {
    const leases = open(300);
    await leases.take(TENANT, FIRST);
    const lost = new Promise((resolve) => leases.keep(TENANT, FIRST, resolve));
    await redis.set(`${prefix}:lease:${TENANT}`, SECOND);
    expect(await lost).toEqual({ heldBy: SECOND });
  });

  test("tells its keeper when Redis forgot it, and does not take it back", async () => {
    const leases = open(300);
    await leases.take(TENANT, FIRST);
    const lost = new Promise((resolve) => leases.keep(TENANT, FIRST, resolve));
    await redis.del(`${prefix}:lease:${TENANT}`);
    expect(await lost).toEqual({ heldBy: null });
    expect(await leases.holder(TENANT)).toBeNull();
  });

  test("counts as lost when it could not be renewed for a whole ttl", async () => {
    const connection = new Redis(inject("redisUrl"), { retryStrategy: () => null });
    connection.on("error", () => undefined);
    const leases = openLeases({ redis: connection, prefix, ttlMs: 300 });
    await leases.take(TENANT, FIRST);
    const lost = new Promise((resolve) => leases.keep(TENANT, FIRST, resolve));
    connection.disconnect();
    await once(connection, "end");
    expect(await lost).toEqual({ heldBy: null });
  });

  test("says that Redis is unavailable in words of ours", async () => {
    const leases = openLeases({ redisUrl: "redis://127.0.0.1:1", prefix });
    await expect(leases.take(TENANT, FIRST)).rejects.toMatchObject({ code: "redis.unavailable", disposition: "defer" });
    await leases.close();
  });

  test("behaves as one variable that only its holder may free, whatever the order of steps", async () => {
    const runs = [randomUUID(), randomUUID(), randomUUID()] as const;
    const step = fc.record({ verb: fc.constantFrom("take", "renew", "release", "forget"), run: fc.constantFrom(...runs) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const tenant = randomUUID();
        const leases = open();
        let holder: string | null = null;
        for (const { verb, run } of steps) {
          if (verb === "take") {
            expect(await leases.take(tenant, run)).toEqual(holder === null ? "taken" : holder === run ? "already-ours" : { heldBy: holder });
            holder ??= run;
          } else if (verb === "renew") {
            expect(await leases.renew(tenant, run)).toBe(holder === run);
          } else if (verb === "release") {
            expect(await leases.release(tenant, run)).toBe(holder === run);
            if (holder === run) holder = null;
          } else {
            await redis.del(`${prefix}:lease:${tenant}`);
            holder = null;
          }
          expect(await leases.holder(tenant)).toBe(holder);
        }
      }),
      { numRuns: 50 },
    );
  });
});
