/**
 * The only backoff of the system: from a failure's disposition to what becomes of its job.
 *
 *     retry   attempts left ▶ waits and runs again, one attempt used     none left ▶ fails
 *             how often and how soon is the pace of the job's queue
 *     defer   waits and runs again, no attempt used; the run's deadline is the bound, and the handler keeps it
 *             process.stopping, while the process stops ▶ back in its place at once, for another worker
 *     fail    fails
 */
import type { Failure } from "@levain/contracts";
import type { QueueName } from "./jobs.js";

export type Fate =
  | { readonly kind: "retried"; readonly delayMs: number; readonly attemptsLeft: number }
  | { readonly kind: "deferred"; readonly delayMs: number }
  | { readonly kind: "put-back" }
  | { readonly kind: "failed" };

export type Situation = {
  /** 1 for the first. */
  readonly attempt: number;
  readonly attemptsMax: number;
  readonly firstPauseMs: number;
  /** Whether this process is going away, so that another one should have the job. */
  readonly isStopping: boolean;
  /** From [0, 1). */
  readonly random: number;
};

/** How often a job is tried before a person must look, and the milliseconds before the second attempt, which double with each. */
export type Pace = { readonly attemptsMax: number; readonly firstPauseMs: number };

/** A source that fails four times over half a minute is broken. */
const WORKING: Pace = { attemptsMax: 4, firstPauseMs: 2_000 };

/** A receiver may be away overnight: between the first attempt and the fifteenth lie 11 to 23 hours. */
const TELLING: Pace = { attemptsMax: 15, firstPauseMs: 5_000 };

export const PACES: Readonly<Record<QueueName, Pace>> = { "start-run": WORKING, "train-product": WORKING, nightly: WORKING, "deliver-webhook": TELLING };

/** Milliseconds until a deferred job is looked at again, where the failure does not say. */
const DEFER_MS = 10_000;

/** Milliseconds. What an upstream asks for beyond this is cut: the run's deadline decides, and nobody else. */
const DEFER_MAX_MS = 15 * 60_000;

/** Milliseconds. Likewise, of one that is retried: its attempts are the bound. */
const RETRY_AFTER_MAX_MS = 24 * 3_600_000;

export function fateOf(failure: Failure, { attempt, attemptsMax, firstPauseMs, isStopping, random }: Situation): Fate {
  switch (failure.disposition) {
    case "fail":
      return { kind: "failed" };
    case "defer":
      if (failure.code === "process.stopping" && isStopping) return { kind: "put-back" };
      return { kind: "deferred", delayMs: deferMs(failure, random) };
    case "retry":
      if (attempt >= attemptsMax) return { kind: "failed" };
      return { kind: "retried", delayMs: Math.max(pauseMs(firstPauseMs, attempt, random), retryAfterMs(failure)), attemptsLeft: attemptsMax - attempt };
    default:
      return failure.disposition satisfies never;
  }
}

/** Half the delay is certain, half is chance, so that jobs which failed together do not return together. */
const pauseMs = (firstPauseMs: number, attempt: number, random: number): number => Math.round(firstPauseMs * 2 ** (attempt - 1) * (0.5 + random / 2));

const retryAfterMs = (failure: Failure): number => Math.min(failure.retryAfterMs ?? 0, RETRY_AFTER_MAX_MS);

/** Never sooner than asked: a rate limit's hour of grace is not ours to shorten, only to spread. */
const deferMs = (failure: Failure, random: number): number =>
  Math.round(Math.min(Math.max(failure.retryAfterMs ?? DEFER_MS, 0), DEFER_MAX_MS) * (1 + random / 4));
