/** From a job's fate to what BullMQ is told. Each move is final: it ends in the error by which BullMQ knows it. */
import type { Failure } from "@levain/contracts";
import { type BackoffStrategy, DelayedError, type Job, UnrecoverableError, WaitingError } from "bullmq";
import type { Fate } from "./retry.js";

/** Moves a job that its worker still holds. @throws always: BullMQ's word for the move that was made or is to be made */
export async function move(job: Job<unknown>, token: string, fate: Fate, failure: Failure): Promise<never> {
  switch (fate.kind) {
    case "deferred":
      await job.moveToDelayed(Date.now() + fate.delayMs, token);
      throw new DelayedError();
    case "put-back":
      await job.moveToWait(token);
      throw new WaitingError();
    case "retried":
      throw new RetryLater(reason(failure), fate.delayMs);
    case "failed":
      throw new UnrecoverableError(reason(failure));
    default:
      return fate satisfies never;
  }
}

/** BullMQ asks for the delay after the move was decided: the error carries the answer. */
export const decidedBackoff: BackoffStrategy = (_attemptsMade, _type, error) => (error instanceof RetryLater ? error.delayMs : 0);

class RetryLater extends Error {
  override readonly name = "RetryLater";
  readonly delayMs: number;

  constructor(message: string, delayMs: number) {
    super(message);
    this.delayMs = delayMs;
  }
}

/**
 * What Redis keeps, and everyone with Bull Board reads, of a failure. The message of one that nobody translated may
 * hold anything, secrets included: it stays in the log.
 */
const reason = (failure: Failure): string => {
  if (failure.code !== "unexpected") return `${failure.code}: ${failure.message}`;
  return failure.cause instanceof Error ? `unexpected: ${failure.cause.name} (see the log)` : `unexpected: ${failure.message}`;
};
