/** What became of one post, as a failure. Neither addresses nor answers are told: both may hold secrets. */
import { asFailure, Failure, readRetryAfter } from "@levain/contracts";

/** What was thrown before there was an answer. */
export function failureOfPost(thrown: unknown, signal: AbortSignal): Failure {
  const refused = thrown instanceof Failure ? thrown : thrown instanceof Error && thrown.cause instanceof Failure ? thrown.cause : null;
  if (refused?.code === "source.forbidden-address") return new Failure("webhook.forbidden-address", refused.message, {}, { cause: refused });
  if (signal.aborted) return asFailure(signal.reason);
  if (refused) return refused;
  const code = thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" ? thrown.code : null;
  // Nothing of the network's: our own mistake, which must not look like the receiver's.
  if (code === null) return asFailure(thrown);
  return new Failure("webhook.unavailable", `expected an answer from the receiver, got ${code}`, { error: code }, { cause: thrown });
}

/** An answer that is no 2xx. */
export function failureOfStatus(status: number, retryAfter: string | undefined, nowMs: number): Failure {
  const message = `expected status 2xx, got ${status}`;
  if (status === 410) return new Failure("webhook.gone", message, { status });
  const isBusy = status === 408 || status === 425 || status === 429 || status >= 500;
  if (!isBusy) return new Failure("webhook.rejected", status >= 300 && status < 400 ? `${message}; redirects are not followed` : message, { status });
  const retryAfterMs = status === 429 || status === 503 ? readRetryAfter(retryAfter, nowMs) : undefined;
  return new Failure("webhook.unavailable", message, { status }, retryAfterMs === undefined ? {} : { retryAfterMs });
}
