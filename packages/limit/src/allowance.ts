/**
 * A token bucket: it holds up to `burst` tokens, each request takes one, and `perMinute` of them come back, one by one.
 * Who finds none waits until the next one comes.
 */

/** How often somebody may ask. */
export type Allowance = {
  /** Whom it is for and what it limits, such as `key:6f1c`. */
  readonly name: string;
  /** Requests that may come at once. At least 1. */
  readonly burst: number;
  /** Requests that may come for ever. Above 0. */
  readonly perMinute: number;
};

export type Level = { readonly tokens: number; readonly atMs: number };

const MINUTE_MS = 60_000;

/** What the bucket holds now; a new one is full. */
export function levelAt(level: Level | undefined, { burst, perMinute }: Allowance, nowMs: number): Level {
  if (level === undefined) return { tokens: burst, atMs: nowMs };
  const elapsedMs = Math.max(0, nowMs - level.atMs);
  return { tokens: Math.min(burst, level.tokens + (elapsedMs * perMinute) / MINUTE_MS), atMs: nowMs };
}

/** Milliseconds until there is a token; 0 when there is one. */
export const waitMs = ({ tokens }: Level, { perMinute }: Allowance): number => (tokens >= 1 ? 0 : Math.ceil(((1 - tokens) * MINUTE_MS) / perMinute));

/** Milliseconds after which an untouched bucket is full, and as good as none. */
export const fullAfterMs = ({ burst, perMinute }: Allowance): number => Math.ceil((burst * MINUTE_MS) / perMinute);
