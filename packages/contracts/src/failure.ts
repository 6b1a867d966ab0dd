/**
 * What the world can do to us, in one table. A failure is thrown once, where a fault enters, with the fault as its
 * `cause`; what happens to the job is looked up here and nowhere else.
 *
 * retry: uses an attempt, exponential backoff with jitter. defer: later, no attempt used, bounded by the run's
 * deadline. fail: never again by itself; a person sees it.
 */
export const DISPOSITIONS = {
  "source.timeout": "defer",
  "source.unavailable": "defer",
  "db.unavailable": "defer",
  "redis.unavailable": "defer",
  "artifact.unavailable": "retry",
  unexpected: "retry",
  "source.breaker-open": "defer",
  "source.rate-limited": "defer",
  "lease.held": "defer",
  "process.stopping": "defer",
  "source.malformed": "fail",
  "source.rejected": "fail",
  "source.forbidden-address": "fail",
  "job.malformed": "fail",
  "stale-fence": "fail",
  "artifact.corrupt": "fail",
  "fit.not-finite": "fail",
  "fit.timed-out": "fail",
  "fit.out-of-memory": "fail",
  "worker.vanished": "fail",
  "run.too-large": "fail",
  "run.deadline-passed": "fail",
  "webhook.unavailable": "retry",
  "webhook.rejected": "retry",
  "webhook.breaker-open": "retry",
  "webhook.busy": "defer",
  "webhook.gone": "fail",
  "webhook.disabled": "fail",
  "webhook.forbidden-address": "fail",
  cancelled: "fail",
} as const satisfies Record<string, Disposition>;

export type Disposition = "retry" | "defer" | "fail";
export type FailureCode = keyof typeof DISPOSITIONS;

export type FailureFacts = Readonly<Record<string, string | number | boolean | null>>;

/** A fault, translated. `facts` say what was expected and what came; they never hold secrets or upstream bodies. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly code: FailureCode;
  readonly facts: FailureFacts;
  /** Milliseconds after which the other side asked to be called again, where it did. */
  readonly retryAfterMs: number | undefined;

  constructor(code: FailureCode, message: string, facts: FailureFacts = {}, options: { cause?: unknown; retryAfterMs?: number } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.facts = facts;
    this.retryAfterMs = options.retryAfterMs;
  }

  get disposition(): Disposition {
    return DISPOSITIONS[this.code];
  }
}

/** Anything thrown, as a failure. What nobody translated is our own bug: it is retried and counted as `unexpected`. */
export const asFailure = (thrown: unknown): Failure => {
  if (thrown instanceof Failure) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new Failure("unexpected", message, {}, { cause: thrown });
};
