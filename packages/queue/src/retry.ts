/**
 * The only backoff of the system: from a failure's disposition to what becomes of its job.
 *
 *     retry   attempts left ▶ waits and runs again, one attempt used     none left ▶ fails
 *     defer   waits and runs again, no attempt used; the run's deadline is the bound, and the handler keeps it
 *             process.stopping, while the process stops ▶ back in its place at once, for another worker
 *     fail    fails
 */
import type { Failure } from "@levain/contracts";

export type Fate =
  | { readonly kind: "retried"; readonly delayMs: number; readonly attemptsLeft: number }
  | { readonly kind: "deferred"; readonly delayMs: number }
  | { readonly kind: "put-back" }
  | { readonly kind: "failed" };

export type Situation = {
  /** 1 for the first. */
  readonly attempt: number;
  readonly attemptsMax: number;
  /** Whether this process is going away, so that another one should have the job. */
  readonly isStopping: boolean;
  /** From [0, 1). */
  readonly random: number;
};

/** How often a job is tried before a person must look: a source that fails four times over half a minute is broken. */
export const ATTEMPTS_MAX = 4;

/** Milliseconds before the second attempt; doubles with each. */
const RETRY_MS = 2_000;

/** Milliseconds until a deferred job is looked at again, where the failure does not say. */
const DEFER_MS = 10_000;

/** Milliseconds. What an upstream asks for beyond this is cut: the run's deadline decides, and nobody else. */
const DEFER_MAX_MS = 15 * 60_000;

export function fateOf(failure: Failure, { attempt, attemptsMax, isStopping, random }: Situation): Fate {
  switch (failure.disposition) {
    case "fail":
      return { kind: "failed" };
    case "defer":
      if (failure.code === "process.stopping" && isStopping) return { kind: "put-back" };
      return { kind: "deferred", delayMs: deferMs(failure, random) };
    case "retry":
      if (attempt >= attemptsMax) return { kind: "failed" };
      return { kind: "retried", delayMs: retryMs(attempt, random), attemptsLeft: attemptsMax - attempt };
    default:
      return failure.disposition satisfies never;
  }
}

/** Half the delay is certain, half is chance, so that jobs which failed together do not return together. */
const retryMs = (attempt: number, random: number): number => Math.round(RETRY_MS * 2 ** (attempt - 1) * (0.5 + random / 2));

/** Never sooner than asked: a rate limit's hour of grace is not ours to shorten, only to spread. */
const deferMs = (failure: Failure, random: number): number =>
  Math.round(Math.min(Math.max(failure.retryAfterMs ?? DEFER_MS, 0), DEFER_MAX_MS) * (1 + random / 4));
