/** The one place where a fault of an upstream becomes a failure. Neither addresses nor bodies are told: both may hold secrets. */
import { asFailure, Failure, readRetryAfter, type SourceName } from "@levain/contracts";
import { TimeoutError } from "got";

export type Asked = { readonly source: SourceName; readonly origin: string };

/** What got threw, before an answer was complete. */
export function failureOfRequest(thrown: unknown, asked: Asked, signal: AbortSignal): Failure {
  if (thrown instanceof Failure) return thrown;
  // From below the HTTP client: a name stood for an address that is not allowed.
  if (thrown instanceof Error && thrown.cause instanceof Failure) return thrown.cause;
  if (signal.aborted) return failureOfAbort(signal);
  const facts = { source: asked.source, origin: asked.origin };
  if (thrown instanceof TimeoutError) {
    const message = `${asked.source}: expected an answer in time, waited too long for '${thrown.event}'`;
    return new Failure("source.timeout", message, { ...facts, waitedFor: thrown.event }, { cause: thrown });
  }
  const code = errorCodeOf(thrown);
  // Nothing of the network's: our own mistake, which must not look like the upstream's.
  if (code === undefined) return asFailure(thrown);
  return new Failure("source.unavailable", `${asked.source}: expected a connection, got ${code}`, { ...facts, error: code }, { cause: thrown });
}

const errorCodeOf = (thrown: unknown): string | undefined =>
  thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" ? thrown.code : undefined;

/** An answer whose status is not a success. */
export function failureOfStatus(status: number, retryAfter: string | undefined, asked: Asked, nowMs: number): Failure {
  const facts = { source: asked.source, origin: asked.origin, status };
  const message = `${asked.source}: expected status 200, got ${status}`;
  const retryAfterMs = readRetryAfter(retryAfter, nowMs);
  const options = retryAfterMs === undefined ? {} : { retryAfterMs };
  if (status === 429) return new Failure("source.rate-limited", message, facts, options);
  if (status === 408) return new Failure("source.timeout", message, facts, options);
  if (status === 425 || status >= 500) return new Failure("source.unavailable", message, facts, options);
  return new Failure("source.rejected", status < 400 ? `${message}; redirects are not followed` : message, facts);
}

/** An answer that came and cannot be used. */
export const malformed = (asked: Asked, expected: string, came: string, cause?: unknown): Failure =>
  new Failure("source.malformed", `${asked.source}: expected ${expected}, got ${came}`, { source: asked.source, origin: asked.origin, expected, came }, { cause });

/** Why our own side broke off: the signal's reason where it is a failure. */
export const failureOfAbort = (signal: AbortSignal): Failure =>
  signal.reason instanceof Failure ? signal.reason : new Failure("process.stopping", "the request was broken off by its caller", {}, { cause: signal.reason });
