import { randomUUID } from "node:crypto";
import type { NumberedEvent, ProgressEvent, RunId } from "@levain/contracts";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { isEventId, openProgress, type Progress } from "./progress.js";

const redisUrl = inject("redisUrl");
const redis = new Redis(redisUrl);
afterAll(() => redis.quit());

let prefix: string;
let progress: Progress;
let runId: RunId;
beforeEach(() => {
  prefix = `{test-${randomUUID()}}`;
  progress = openProgress({ redisUrl, prefix });
  runId = randomUUID();
});
afterEach(() => progress.close());

const openedAgain = (): Progress => (progress = openProgress({ redisUrl, prefix }));

const at = "2026-05-01T04:15:00.000Z";
const stage = (productId: string): ProgressEvent => ({ type: "product.stage", runId, at, productId, stage: "load" });
const finished = (): ProgressEvent => ({ type: "run.finished", runId, at, status: "finished", totals: { products: 0, trained: 0, unchanged: 0, skipped: 0, failed: 0, dead: 0, cancelled: 0 } });
const never = () => new AbortController().signal;

async function collect(events: AsyncIterable<NumberedEvent>): Promise<NumberedEvent[]> {
  const all: NumberedEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

const names = (events: readonly NumberedEvent[]): string[] => events.map(({ event }) => (event.type === "product.stage" ? event.productId : event.type));

describe("the news of a run", () => {
  test("is replayed from the first event and ends with the run", async () => {
    const ids = [await progress.publish(stage("a")), await progress.publish(stage("b")), await progress.publish(finished())];
    const events = await collect(progress.follow(runId, null, never()));
    expect(names(events)).toEqual(["a", "b", "run.finished"]);
    expect(events.map(({ id }) => id)).toEqual(ids);
  });

  test("continues after the last event seen", async () => {
    const first = await progress.publish(stage("a"));
    await progress.publish(stage("b"));
    const last = await progress.publish(finished());
    expect(names(await collect(progress.follow(runId, first, never())))).toEqual(["b", "run.finished"]);
    expect(await collect(progress.follow(runId, last, never())), "nothing comes after the end").toEqual([]);
  });

  test("arrives live, also for a run nobody has heard of yet", async () => {
    const following = progress.follow(runId, null, never())[Symbol.asyncIterator]();
    const first = following.next();
    await progress.publish(stage("a"));
    expect((await first).value.event).toEqual(stage("a"));
    const second = following.next();
    const other = openProgress({ redisUrl, prefix });
    await other.publish(finished());
    expect((await second).value.event.type).toBe("run.finished");
    expect((await following.next()).done).toBe(true);
    await other.close();
  });

  test("reaches everyone once and in order, while it is written and wherever they join", async () => {
    const products = Array.from({ length: 1_500 }, (_, index) => `p${index}`);
    const ids: string[] = [];
    const followers: Promise<{ after: string | null; seen: NumberedEvent[] }>[] = [];
    const join = (after: string | null) => followers.push(collect(progress.follow(runId, after, never())).then((seen) => ({ after, seen })));
    join(null);
    for (let from = 0; from < products.length; from += 30) {
      const published = Promise.all(products.slice(from, from + 30).map((productId) => progress.publish(stage(productId))));
      // Joined in the midst of the writing, from the beginning and from the middle: the seam is somewhere in here.
      if (from % 150 === 0) join(ids.at(-20) ?? null);
      ids.push(...(await published));
    }
    ids.push(await progress.publish(finished()));
    for (const { after, seen } of await Promise.all(followers)) {
      expect(seen.map(({ id }) => id)).toEqual(after === null ? ids : ids.slice(ids.indexOf(after) + 1));
    }
    expect(followers).toHaveLength(11);
  });

  test("keeps its order where steps wait for one another and other news does not", async () => {
    const other: RunId = randomUUID();
    const steps = [progress.publish(stage("a")), progress.publish({ ...stage("x"), runId: other }), progress.publish(stage("b"))];
    // Closed before any step has waited long enough: the end takes along what is before it, and the closing the rest.
    const end = progress.publish(finished());
    const late = progress.publish({ ...stage("y"), runId: other });
    await progress.close();
    expect(names(await collect(openedAgain().follow(runId, null, never())))).toEqual(["a", "b", "run.finished"]);
    const stored = await redis.xrange(`${prefix}:events:${other}`, "-", "+");
    expect(stored.map(([id]) => id)).toEqual([await steps[1], await late]);
    expect(isEventId(await end)).toBe(true);
  });

  test("is read together by a follower where it is rung often", async () => {
    const monitor = await redis.monitor();
    const readings: string[] = [];
    const isSeen = new Promise<void>((resolve) =>
      monitor.on("monitor", (_time: string, [command = "", key = ""]: string[]) => {
        if (command === "xrange" && key.startsWith(prefix)) readings.push(key);
        if (command === "echo" && key === prefix) resolve();
      }),
    );
    const startedAt = performance.now();
    const following = collect(progress.follow(runId, null, never()));
    for (let i = 0; i < 100; i += 1) await progress.publish({ type: "product.skipped", runId, at, productId: `${i}`, reason: "no-recent-sales" });
    await progress.publish(finished());
    expect(await following).toHaveLength(101);
    await redis.echo(prefix);
    await isSeen;
    monitor.disconnect();
    // However long the machine takes for all of it, no more than ten a second.
    expect(readings.length).toBeLessThanOrEqual(2 + (performance.now() - startedAt) / 100);
  });

  test("of one run is not told to the followers of another", async () => {
    const other = randomUUID();
    const following = collect(progress.follow(runId, null, never()));
    await progress.publish({ ...stage("x"), runId: other });
    await progress.publish(stage("a"));
    await progress.publish(finished());
    expect(names(await following)).toEqual(["a", "run.finished"]);
  });

  test("ends quietly when the follower leaves, and its subscription with it", async () => {
    const channel = `${prefix}:bell:${runId}`;
    const listeners = async () => Number((await redis.pubsub("NUMSUB", channel))[1]);
    const leaving = new AbortController();
    const following = progress.follow(runId, null, leaving.signal)[Symbol.asyncIterator]();
    const first = following.next();
    await progress.publish(stage("a"));
    await first;
    expect(await listeners()).toBe(1);
    const second = following.next();
    leaving.abort();
    expect(await second).toEqual({ done: true, value: undefined });
    await expect.poll(listeners).toBe(0);
    expect(await collect(progress.follow(runId, null, AbortSignal.abort()))).toEqual([]);
  });

  test("survives the loss of the listening connection", async () => {
    // A database number of its own tells its connections from those of other tests.
    const ours = openProgress({ redisUrl: Object.assign(new URL(redisUrl), { pathname: "/8" }).href, prefix });
    const following = collect(ours.follow(runId, null, never()));
    await ours.publish(stage("a"));
    await expect.poll(async () => Number((await redis.pubsub("NUMSUB", `${prefix}:bell:${runId}`))[1])).toBe(1);
    const listening = String(await redis.call("CLIENT", "LIST", "TYPE", "pubsub")).split("\n").find((line) => line.includes(" db=8 "));
    await redis.client("KILL", "ID", Number(/^id=(\d+)/.exec(listening ?? "")?.[1]));
    await ours.publish(stage("b"));
    await ours.publish(finished());
    expect(names(await following)).toEqual(["a", "b", "run.finished"]);
    await ours.close();
  });

  test("passes over an event it does not understand", async () => {
    await redis.xadd(`${prefix}:events:${runId}`, "*", "event", '{"type":"from.tomorrow"}');
    await redis.xadd(`${prefix}:events:${runId}`, "*", "event", "not json");
    await progress.publish(finished());
    expect(names(await collect(progress.follow(runId, null, never())))).toEqual(["run.finished"]);
  });

  test("is kept for a day", async () => {
    await progress.publish(stage("a"));
    expect(await redis.ttl(`${prefix}:events:${runId}`)).toBeGreaterThan(86_000);
  });

  test("has numbers that a client may hand back, and nothing else", async () => {
    expect(isEventId(await progress.publish(stage("a")))).toBe(true);
    for (const text of ["", "0", "-", "$", "+", "1-", "1-1-1", "(1-1", "99999999999999999999-0", "1-1\n"]) expect(isEventId(text), text).toBe(false);
    await expect(collect(progress.follow(runId, "$", never()))).rejects.toThrow(RangeError);
  });

  test("stops for all followers when the process closes it", async () => {
    const following = [collect(progress.follow(runId, null, never())), collect(progress.follow(runId, null, never()))];
    await progress.publish(stage("a"));
    await progress.close();
    await Promise.all(following);
  });
});
