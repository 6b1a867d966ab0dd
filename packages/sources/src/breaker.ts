/**
 * One circuit breaker per upstream origin, on opossum.
 *
 * closed: calls pass. Too many failed ones in the window open it, or a few in a row: an origin that answered well until it
 * began to hang would otherwise live on its good name for a minute. open: calls fail at once, for `breakerResetMs`.
 * half-open: one call passes as a probe. It decides: an answer closes the breaker, a fault opens it again.
 *
 * What counts is decided by the failure's code, never by HTTP details. An answer that we cannot use (rejected, malformed)
 * still shows that the origin is alive. A call that we broke off ourselves shows nothing: it does not count while the breaker
 * is closed; a broken-off probe leaves it open, because opossum would take an uncounted error for a success and close.
 */
import { Failure, type FailureCode } from "@levain/contracts";
import CircuitBreaker from "opossum";
import type { FetchLimits } from "./limits.js";

export type BreakerState = "closed" | "open" | "half-open";

export type Breaker = {
  /** @throws Failure `source.breaker-open` without calling; else whatever `call` throws, translated by the caller. */
  run<T>(call: () => Promise<T>): Promise<T>;
  state(): BreakerState;
  close(): void;
};

export type BreakerOptions = {
  readonly origin: string;
  readonly limits: FetchLimits;
  readonly onChange?: ((origin: string, state: BreakerState) => void) | undefined;
  /** In [0, 1); spreads the probes of a fleet. */
  readonly random?: (() => number) | undefined;
};

const ORIGINS_FAULTS: ReadonlySet<FailureCode> = new Set<FailureCode>(["source.timeout", "source.unavailable", "source.rate-limited"]);
const ORIGINS_ANSWERS: ReadonlySet<FailureCode> = new Set<FailureCode>(["source.rejected", "source.malformed"]);

/** Buckets the window is counted in; each forgets at once what is older. */
const WINDOW_BUCKETS = 12;
/** Milliseconds beyond the request's own bound after which a call counts as failed even if it never ends. */
const BACKSTOP_MS = 2_000;
/** Milliseconds to wait while another call probes: long enough for a healthy answer. */
const PROBE_WAIT_MS = 1_000;

export function openBreaker({ origin, limits, onChange, random = Math.random }: BreakerOptions): Breaker {
  const resetMs = limits.breakerResetMs * (0.8 + 0.4 * random());
  let openedAtMs = 0;
  let faultsInARow = 0;

  const circuit = new CircuitBreaker((call: () => Promise<unknown>) => call(), {
    name: origin,
    timeout: limits.requestMs + BACKSTOP_MS,
    errorThresholdPercentage: limits.breakerFailureShare * 100,
    volumeThreshold: limits.breakerCallsMin,
    rollingCountTimeout: limits.breakerWindowMs,
    rollingCountBuckets: WINDOW_BUCKETS,
    rollingPercentilesEnabled: false,
    enableSnapshots: false,
    resetTimeout: resetMs,
    errorFilter: (error: unknown) => isUncounted(error),
  });

  const isUncounted = (error: unknown): boolean => {
    if (!(error instanceof Failure) || ORIGINS_FAULTS.has(error.code)) return false;
    return ORIGINS_ANSWERS.has(error.code) || !circuit.halfOpen;
  };

  circuit.on("open", () => {
    openedAtMs = performance.now();
    onChange?.(origin, "open");
  });
  circuit.on("halfOpen", () => onChange?.(origin, "half-open"));
  circuit.on("close", () => onChange?.(origin, "closed"));

  const judge = (code: FailureCode | null): void => {
    if (code === null || ORIGINS_ANSWERS.has(code)) faultsInARow = 0;
    else if (ORIGINS_FAULTS.has(code)) faultsInARow += 1;
    if (faultsInARow >= limits.breakerCallsMin && !circuit.opened && !circuit.halfOpen) circuit.open();
  };

  const isOpen = (cause: unknown): Failure => {
    const remainingMs = openedAtMs + resetMs - performance.now();
    const retryAfterMs = Math.ceil(Math.max(remainingMs, PROBE_WAIT_MS));
    return new Failure("source.breaker-open", `not asked: ${origin} failed too often`, { origin }, { cause, retryAfterMs });
  };

  return {
    run: async <T>(call: () => Promise<T>): Promise<T> => {
      try {
        const answer = (await circuit.fire(call)) as T;
        judge(null);
        return answer;
      } catch (error) {
        if (error instanceof Failure) judge(error.code);
        if (!isOpossums(error)) throw error;
        if (error.code === "EOPENBREAKER") throw isOpen(error);
        if (error.code === "ETIMEDOUT") judge("source.timeout");
        if (error.code === "ETIMEDOUT") throw new Failure("source.timeout", `expected an end of the request, got none`, { origin }, { cause: error });
        throw new Failure("process.stopping", "the sources are closed", { origin }, { cause: error });
      }
    },
    state: () => (circuit.halfOpen ? "half-open" : circuit.opened ? "open" : "closed"),
    close: () => circuit.shutdown(),
  };
}

const isOpossums = (error: unknown): error is Error & { code: string } => error instanceof Error && CircuitBreaker.isOurError(error);
