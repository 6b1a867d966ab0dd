/**
 * The writing side of the news. Steps of product trainings, most of the news, wait a moment for one another and travel
 * together; all other news leaves at once and takes along what waits, so that a process's news keeps its order.
 */
import type { ProgressEvent, RunId } from "@levain/contracts";
import type { Redis } from "ioredis";
import { answered } from "./redis.js";

export type NewsWriter = {
  /** The number of the event in its run's stream. @throws Failure redis.unavailable */
  publish(event: ProgressEvent): Promise<string>;
  /** Sends what waits, and resolves when that was stored or given up. */
  flush(): Promise<void>;
};

/** Where a run's events lie, and what is rung after them. */
export type NewsKeys = { streamOf(runId: RunId): string; bellOf(runId: RunId): string };

/** Milliseconds that the news of a step may wait: nobody sees the difference, and most steps are shorter. */
const STEP_WAITS_MS = 50;

/** Events kept of one run, about: seven for each of seven thousand products. */
const EVENTS_MAX = 50_000;

/** Seconds after its last event until a run's stream is dropped. */
const KEPT_S = 24 * 3_600;

/** One command: a pipeline of ioredis takes on every script of the connection when it is made, which costs more than the sending. */
const APPEND = `
local ids = {}
for i = 4, #ARGV do ids[#ids + 1] = redis.call("XADD", KEYS[1], "MAXLEN", "~", ARGV[1], "*", "event", ARGV[i]) end
redis.call("EXPIRE", KEYS[1], ARGV[2])
redis.call("PUBLISH", ARGV[3], "")
return ids`;

export function createNewsWriter(redis: Redis, { streamOf, bellOf }: NewsKeys): NewsWriter {
  let waiting = new Map<RunId, Unsent[]>();
  let timer: NodeJS.Timeout | undefined;

  const flush = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    const unsent = waiting;
    waiting = new Map();
    await Promise.all([...unsent].map(([runId, news]) => send(runId, news)));
  };
  const send = async (runId: RunId, news: readonly Unsent[]): Promise<void> => {
    try {
      const texts = news.map(({ event }) => JSON.stringify(event));
      const ids = (await answered(redis, () => redis.eval(APPEND, 1, streamOf(runId), EVENTS_MAX, KEPT_S, bellOf(runId), ...texts))) as string[];
      for (const [i, { resolve }] of news.entries()) resolve(ids[i] ?? "");
    } catch (error) {
      for (const { reject } of news) reject(error);
    }
  };

  return {
    publish: (event) =>
      new Promise((resolve, reject) => {
        const ofRun = waiting.get(event.runId) ?? [];
        ofRun.push({ event, resolve, reject });
        waiting.set(event.runId, ofRun);
        if (event.type === "product.stage") timer ??= setTimeout(() => void flush(), STEP_WAITS_MS);
        else void flush();
      }),
    flush,
  };
}

type Unsent = { readonly event: ProgressEvent; resolve(id: string): void; reject(error: unknown): void };
