/** Token buckets in this process alone. */
import { levelAt, waitMs, type Allowance, type Level } from "./allowance.js";

/** Buckets remembered. Beyond it the one not asked for longest is forgotten, which fills it. */
const BUCKETS_MAX = 10_000;

/** @returns what `Limiter.take` and `Limiter.look` return, by the given clock */
export function createOwnBuckets(): (allowances: readonly Allowance[], isTaking: boolean, nowMs: number) => number {
  const levels = new Map<string, Level>();
  return (allowances, isTaking, nowMs) => {
    const found = allowances.map((allowance) => ({ allowance, level: levelAt(levels.get(allowance.name), allowance, nowMs) }));
    const wait = Math.max(0, ...found.map(({ allowance, level }) => waitMs(level, allowance)));
    if (wait > 0 || !isTaking) return wait;
    for (const { allowance, level } of found) {
      levels.delete(allowance.name);
      levels.set(allowance.name, { ...level, tokens: level.tokens - 1 });
    }
    for (const oldest of levels.keys()) {
      if (levels.size <= BUCKETS_MAX) break;
      levels.delete(oldest);
    }
    return 0;
  };
}
