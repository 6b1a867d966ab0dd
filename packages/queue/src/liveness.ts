/**
 * Whether a worker still takes jobs: measured, never asked. A client library that lost its connection for good reports
 * to be running; jobs that wait beside free slots tell the truth.
 */
import type { Worker } from "bullmq";
import type { Redis } from "ioredis";
import { answered } from "./redis.js";

export type Liveness = {
  /** A job was taken. */
  taken(): void;
  /** To be asked every few seconds. @throws Error when jobs waited beside free slots for too long */
  check(): Promise<void>;
};

/** Milliseconds. Many blocking reads long, and many reconnections. */
export const STARVED_MAX_MS = 60_000;

export type LivenessOptions = {
  isBusy(): boolean;
  readonly starvedMaxMs?: number;
  /** Milliseconds of a clock that nobody sets. */
  readonly now?: () => number;
};

export function watchLiveness(worker: Worker<unknown>, redis: Redis, { isBusy, starvedMaxMs = STARVED_MAX_MS, now = () => performance.now() }: LivenessOptions): Liveness {
  let takenAt = now();
  let starvedSince: number | null = null;
  return {
    taken: () => {
      takenAt = now();
    },
    check: async () => {
      const waiting = isBusy() ? 0 : await countWaiting(worker, redis);
      if (waiting === 0) {
        starvedSince = null;
        return;
      }
      starvedSince = Math.max(starvedSince ?? now(), takenAt);
      const starvedMs = now() - starvedSince;
      if (starvedMs >= starvedMaxMs) throw new Error(`${waiting} jobs of ${worker.name} wait, but none was taken for ${Math.round(starvedMs / 1000)} s`);
    },
  };
}

/** Jobs that any worker could take now. A queue that an operator paused has none. */
async function countWaiting(worker: Worker<unknown>, redis: Redis): Promise<number> {
  const { wait, prioritized, meta } = worker.keys;
  if (!wait || !prioritized || !meta) return 0;
  const [waiting, ranked, isPaused] = await answered(redis, () => Promise.all([redis.llen(wait), redis.zcard(prioritized), redis.hexists(meta, "paused")]));
  return isPaused === 1 ? 0 : waiting + ranked;
}
