/**
 * What a Redis knows of the jobs that should be in it: all that a repair asks. A job's hash is there from when it is
 * added until it is dropped, in whatever list or set its id is, and says when it has ended; so one read per job tells.
 */
import type { Redis } from "ioredis";
import { NIGHTLY_SCHEDULER } from "./nightly.js";
import { ANSWER_WITHIN_MS, answered } from "./redis.js";

/** Jobs asked for in one round trip. */
const PAGE = 1_000;

/** Of these jobs the ones that will not run: the queue does not know them, or counts them as ended. */
export async function lostJobs<Job>(redis: Redis, queueKey: string, jobs: readonly Job[], idOf: (job: Job) => string): Promise<readonly Job[]> {
  const lost: Job[] = [];
  for (let from = 0; from < jobs.length; from += PAGE) {
    const page = jobs.slice(from, from + PAGE);
    const pipeline = redis.pipeline();
    for (const job of page) pipeline.hmget(`${queueKey}:${idOf(job)}`, "timestamp", "finishedOn");
    const answers = (await answered(redis, () => pipeline.exec(), 2 * ANSWER_WITHIN_MS)) ?? [];
    for (const [index, job] of page.entries()) {
      const [error, fields] = answers[index] ?? [new Error("the pipeline was dropped"), null];
      if (error) throw error;
      const [timestamp, finishedOn] = fields as [string | null, string | null];
      if (timestamp === null || finishedOn !== null) lost.push(job);
    }
  }
  return lost;
}

/** Whether the nightly tick's scheduler is there with the job that it made for its next moment. */
export async function isTickScheduled(redis: Redis, queueKey: string): Promise<boolean> {
  const next = await answered(redis, () => redis.zscore(`${queueKey}:repeat`, NIGHTLY_SCHEDULER));
  if (next === null) return false;
  return (await answered(redis, () => redis.exists(`${queueKey}:repeat:${NIGHTLY_SCHEDULER}:${next}`))) === 1;
}
