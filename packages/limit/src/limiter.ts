/**
 * Token buckets that all processes share, in Redis.
 *
 *     shared ──no answer in time──▶ own ──a second later──▶ shared
 *
 * The authority is Redis with its own clock. When it does not answer, this process counts by itself for a moment, so
 * that an outage neither opens the gates nor closes them: with n processes somebody may then ask n times as often.
 */
import type { Redis } from "ioredis";
import pTimeout from "p-timeout";
import { fullAfterMs, type Allowance } from "./allowance.js";
import { createOwnBuckets } from "./own-buckets.js";

export type Limiter = {
  /** Takes one token of each, or none of any. @returns milliseconds until it could; 0 when it did. Never throws. */
  take(allowances: readonly Allowance[]): Promise<number>;
  /** The same without taking. */
  look(allowances: readonly Allowance[]): Promise<number>;
};

export type LimiterOptions = {
  readonly redis: Redis;
  readonly prefix?: string;
  /** Told when this process begins to count by itself. */
  readonly onAlone?: (error: unknown) => void;
};

/** Milliseconds. Every request waits for this answer, which takes one: so much later Redis is not well. */
const ANSWER_WITHIN_MS = 250;

/** Milliseconds that this process counts by itself before it asks Redis again. */
const ALONE_MS = 1_000;

/** KEYS: buckets. ARGV: 1 to take or 0 to look, then burst, tokens per millisecond and milliseconds to keep, for each. */
const SCRIPT = `
local time = redis.call("TIME")
local now = time[1] * 1000 + time[2] / 1000
local wait = 0
local tokens = {}
for i, key in ipairs(KEYS) do
  local burst, rate = tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
  local kept = redis.call("HMGET", key, "tokens", "at")
  local level = tonumber(kept[1]) or burst
  tokens[i] = math.min(burst, level + math.max(0, now - (tonumber(kept[2]) or now)) * rate)
  if tokens[i] < 1 then wait = math.max(wait, math.ceil((1 - tokens[i]) / rate)) end
end
if wait == 0 and ARGV[1] == "1" then
  for i, key in ipairs(KEYS) do
    redis.call("HSET", key, "tokens", string.format("%.6f", tokens[i] - 1), "at", string.format("%.3f", now))
    redis.call("PEXPIRE", key, ARGV[3 * i + 1])
  end
end
return wait
`;

export function createLimiter({ redis, prefix = "{levain}", onAlone = () => undefined }: LimiterOptions): Limiter {
  const own = createOwnBuckets();
  let aloneUntilMs = 0;

  const ask = async (allowances: readonly Allowance[], isTaking: boolean): Promise<number> => {
    if (allowances.length === 0) return 0;
    const nowMs = performance.now();
    if (nowMs >= aloneUntilMs) {
      try {
        return await pTimeout(shared(allowances, isTaking), { milliseconds: ANSWER_WITHIN_MS, message: `no answer within ${ANSWER_WITHIN_MS} ms` });
      } catch (error) {
        if (aloneUntilMs === 0 || nowMs > aloneUntilMs + ALONE_MS) onAlone(error);
        aloneUntilMs = performance.now() + ALONE_MS;
      }
    }
    return own(allowances, isTaking, nowMs);
  };

  const shared = async (allowances: readonly Allowance[], isTaking: boolean): Promise<number> => {
    // A command given to a connection that is down would wait for it, and take its token long after.
    if (redis.status !== "ready") throw new Error(`the connection to Redis is ${redis.status}`);
    const keys = allowances.map(({ name }) => `${prefix}:limit:${name}`);
    const settings = allowances.flatMap((each) => [each.burst, each.perMinute / 60_000, fullAfterMs(each)]);
    return Number(await redis.eval(SCRIPT, keys.length, ...keys, isTaking ? 1 : 0, ...settings));
  };

  return { take: (allowances) => ask(allowances, true), look: (allowances) => ask(allowances, false) };
}
