/**
 * The connection to Redis. One serves everything of a process that does not block, however many parts use it: a
 * multiplexed connection is never busy, and a fleet's connections add up. It waits out an outage for as long as it
 * takes; who cannot wait as long asks through `answered`.
 */
import { Failure } from "@levain/contracts";
import { Redis, type RedisOptions } from "ioredis";
import pTimeout from "p-timeout";

export type SharedRedis = { readonly redis: Redis; release(): void };

/** Milliseconds after which Redis counts as unavailable to someone who waits for it. */
export const ANSWER_WITHIN_MS = 3_000;

/** Milliseconds. Longer than a blocking read (`DRAIN_DELAY_S`), so that only a dead connection is silent for so long. */
const SILENCE_MAX_MS = 30_000;

/** Milliseconds between two attempts to reconnect: doubling to the maximum, spread by ±20 % so that a fleet does not return as one. */
const RECONNECT_MIN_MS = 100;
const RECONNECT_MAX_MS = 5_000;

/** What BullMQ demands of a connection, and what notices one that died without a word. */
const OPTIONS: RedisOptions = {
  maxRetriesPerRequest: null,
  connectTimeout: 5_000,
  socketTimeout: SILENCE_MAX_MS,
  keepAlive: 5_000,
  retryStrategy: (times) => Math.min(RECONNECT_MIN_MS * 2 ** times, RECONNECT_MAX_MS) * (0.8 + Math.random() * 0.4),
};

/** Listeners before Node suspects a leak: every part that shares the connection has a few, and every waiter one. */
const LISTENERS_MAX = 1_000;

const shared = new Map<string, { redis: Redis; users: number }>();

/** The process's one connection to this Redis: the first who asks opens it, the last who releases closes it. */
export function shareRedis(url: string, onError: (error: Error) => void): SharedRedis {
  const entry = shared.get(url) ?? { redis: new Redis(url, OPTIONS).setMaxListeners(LISTENERS_MAX), users: 0 };
  shared.set(url, entry);
  entry.users += 1;
  entry.redis.on("error", onError);
  let isReleased = false;
  return {
    redis: entry.redis,
    release: () => {
      if (isReleased) return;
      isReleased = true;
      entry.redis.off("error", onError);
      entry.users -= 1;
      if (entry.users > 0) return;
      shared.delete(url);
      entry.redis.on("error", () => undefined);
      entry.redis.disconnect();
    },
  };
}

/** What Redis answers; a connection that is down, or no answer in time, is a failure. @throws Failure redis.unavailable */
export async function answered<T>(redis: Redis, ask: () => Promise<T>, withinMs = ANSWER_WITHIN_MS): Promise<T> {
  try {
    return await pTimeout(whenReady(redis).then(ask), { milliseconds: withinMs, message: `no answer within ${withinMs} ms` });
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Failure("redis.unavailable", `expected Redis to answer; ${reason}`, { status: redis.status }, { cause });
  }
}

/** A question asked before the connection stands would wait in memory, and be put after the asker gave up. */
const whenReady = (redis: Redis): Promise<void> =>
  redis.status === "ready" ? Promise.resolve() : new Promise((resolve) => redis.once("ready", resolve));
