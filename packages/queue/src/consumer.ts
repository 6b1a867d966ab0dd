/**
 * The working side of one queue: takes jobs, hands each to a handler, and does with it what the failure table says.
 *
 *     taken ─▶ running ─▶ completed
 *                ├─ failure ──▶ told to the hooks ─▶ moved: delayed · waiting · failed
 *                ├─ lock lost ▶ aborted and let go: another worker has the job, so it is neither told nor moved
 *                └─ deadline of a drain ▶ aborted with process.stopping ─▶ told ─▶ put back in its place
 *
 * A job is told before it is moved, so that Postgres never lags behind the queue. When nobody could be told that a job
 * failed for good, it is deferred instead, and fails again later.
 */
import { Failure } from "@levain/contracts";
import { type Job, UnrecoverableError, WaitingError, Worker } from "bullmq";
import { drain } from "./drain.js";
import { type JobOf, type QueueName, parsePayload } from "./jobs.js";
import { STARVED_MAX_MS, watchLiveness } from "./liveness.js";
import { decidedBackoff, move } from "./move.js";
import { runOneJob } from "./one-job.js";
import { shareRedis } from "./redis.js";
import { type Fate, PACES, fateOf } from "./retry.js";
import { createRunningJobs } from "./running-jobs.js";

export type JobContext = {
  /** Aborted with a Failure when the job is no longer ours or the process must stop; the handler should throw then. */
  readonly signal: AbortSignal;
  /** 1 for the first. */
  readonly attempt: number;
  readonly attemptsLeft: number;
  readonly jobId: string;
  readonly enqueuedAt: Date;
};

/** What happened to a job that did not end well; awaited before the job is moved. */
export type ConsumerHooks<Q extends QueueName> = {
  onDeferred?(job: JobOf<Q>, failure: Failure, delayMs: number): Promise<void> | void;
  onRetried?(job: JobOf<Q>, failure: Failure, delayMs: number, attemptsLeft: number): Promise<void> | void;
  onFailed?(job: JobOf<Q>, failure: Failure): Promise<void> | void;
  /** A payload that is no job of this queue: there is nothing to look up, only a person to tell. */
  onMalformed?(jobId: string, failure: Failure): void;
  /** The lock on a job ran out while it was worked on here: it is another worker's, and what came of it here is dropped. */
  onLost?(job: JobOf<Q>): void;
  /** A worker vanished while it held this job; the job waits again. */
  onStalled?(jobId: string): void;
  /** Trouble with the connection, or thrown by a hook. */
  onError?(error: Error): void;
};

export type ConsumerOptions<Q extends QueueName> = {
  readonly redisUrl: string;
  readonly prefix?: string;
  readonly queue: Q;
  /** Jobs at once. */
  readonly concurrency: number;
  /** How long a job stays ours without a sign of life. */
  readonly lockDurationMs?: number;
  /** How often the workers of one job may vanish before the queue itself fails it. Unset, somebody else counts. */
  readonly stalledMax?: number;
  /** How long jobs may wait beside free slots before only a restart helps. */
  readonly starvedMaxMs?: number;
  readonly handler: (job: JobOf<Q>, context: JobContext) => Promise<void>;
  readonly on?: ConsumerHooks<Q>;
};

export type Consumer = {
  readonly queue: QueueName;
  /** Resolves when it can take jobs. */
  ready(): Promise<void>;
  running(): number;
  /** Takes no more jobs, waits for the running ones, at the deadline puts them back, and closes. */
  drain(deadlineMs: number): Promise<void>;
  /** Drains without waiting. */
  close(): Promise<void>;
  /** @throws Error when jobs wait and slots are free, and yet none was taken for too long: only a restart helps */
  checkAlive(): Promise<void>;
};

const LOCK_DURATION_MS = 30_000;

/** Times. The queue's own count must never come first where another one decides. */
const NEVER = 1_000_000;

/** Seconds of one blocking read: also how late an idle worker notices a job that was put back. */
const DRAIN_DELAY_S = 2;

/** Milliseconds until a job runs again whose end could not be told. */
const UNTOLD_MS = 10_000;

export function consume<Q extends QueueName>(options: ConsumerOptions<Q>): Consumer {
  const { redisUrl, prefix = "{levain}", queue, concurrency, lockDurationMs = LOCK_DURATION_MS, stalledMax = NEVER, starvedMaxMs = STARVED_MAX_MS, handler, on = {} } = options;
  const onError = (error: Error): void => on.onError?.(error);
  // The worker tells of the connection's trouble, as of its own.
  const { redis, release } = shareRedis(redisUrl, () => undefined);
  const running = createRunningJobs();
  let isStopping = false;
  let left: Promise<void> | undefined;

  const work = async (bullJob: Job<unknown>, token = ""): Promise<void> => {
    const jobId = bullJob.id ?? "";
    const job = readJob(jobId, bullJob.data);
    liveness.taken();
    const signal = running.begin(jobId);
    try {
      const attempt = bullJob.attemptsMade + 1;
      const attemptsMax = bullJob.opts.attempts ?? 1;
      const context = { signal, attempt, attemptsLeft: attemptsMax - attempt, jobId, enqueuedAt: new Date(bullJob.timestamp) };
      const ending = await runOneJob(() => handler(job, context), signal);
      if (ending.kind === "done") return;
      // To BullMQ this says that the job was moved already: it was, by another.
      if (ending.kind === "lost") {
        on.onLost?.(job);
        throw new WaitingError();
      }
      const fate = fateOf(ending.failure, { attempt, attemptsMax, firstPauseMs: PACES[queue].firstPauseMs, isStopping, random: Math.random() });
      await move(bullJob, token, await tell(job, ending.failure, fate), ending.failure);
    } finally {
      running.end(jobId, signal);
    }
  };

  const readJob = (jobId: string, payload: unknown): JobOf<Q> => {
    try {
      return parsePayload(queue, payload);
    } catch (error) {
      if (error instanceof Failure) on.onMalformed?.(jobId, error);
      throw new UnrecoverableError(error instanceof Error ? error.message : String(error));
    }
  };

  /** Tells what will become of a job. The answer is what becomes of it after all. */
  const tell = async (job: JobOf<Q>, failure: Failure, fate: Fate): Promise<Fate> => {
    try {
      if (fate.kind === "retried") await on.onRetried?.(job, failure, fate.delayMs, fate.attemptsLeft);
      else if (fate.kind === "failed") await on.onFailed?.(job, failure);
      else await on.onDeferred?.(job, failure, fate.kind === "deferred" ? fate.delayMs : 0);
      return fate;
    } catch (error) {
      onError(error instanceof Error ? error : new Error(String(error)));
      return fate.kind === "failed" ? { kind: "deferred", delayMs: UNTOLD_MS } : fate;
    }
  };

  const worker = new Worker<unknown>(queue, work, {
    connection: redis,
    prefix,
    concurrency,
    lockDuration: lockDurationMs,
    stalledInterval: lockDurationMs / 2,
    maxStalledCount: stalledMax,
    drainDelay: DRAIN_DELAY_S,
    settings: { backoffStrategy: decidedBackoff },
  });
  const liveness = watchLiveness(worker, redis, { isBusy: () => isStopping || running.count() >= concurrency, starvedMaxMs });
  worker.on("error", onError);
  worker.on("stalled", (jobId) => on.onStalled?.(jobId));
  worker.on("lockRenewalFailed", running.lose);
  worker.on("failed", (bullJob) => {
    // BullMQ failed this one by itself, without a handler: its workers vanished once too often.
    if (!bullJob?.deferredFailure) return;
    const failure = new Failure("unexpected", "the workers that held the job vanished once too often", { stalledMax });
    void tell(readJob(bullJob.id ?? "", bullJob.data), failure, { kind: "failed" });
  });

  const leave = async (deadlineMs: number): Promise<void> => {
    isStopping = true;
    await drain(worker, running, deadlineMs);
    release();
  };

  return {
    queue,
    ready: async () => void (await worker.waitUntilReady()),
    running: running.count,
    drain: (deadlineMs) => (left ??= leave(deadlineMs)),
    close: () => (left ??= leave(0)),
    checkAlive: liveness.check,
  };
}
