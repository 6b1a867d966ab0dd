/**
 * One job in one handler's hands: what it came to, and whether it is still ours. A handler that is asked to stop gets a
 * moment to do so in its own words; after that it is left behind, and the fences in Postgres make it harmless.
 */
import { asFailure, Failure } from "@levain/contracts";

/** How a handler ended. `lost`: the job is another worker's, so what came of it here is nobody's business. */
export type Ending = { readonly kind: "done" } | { readonly kind: "lost" } | { readonly kind: "failure"; readonly failure: Failure };

/** Milliseconds that an aborted handler has to come back before it is left behind. */
export const ABORT_GRACE_MS = 1_000;

export async function runOneJob(handle: () => Promise<void>, signal: AbortSignal): Promise<Ending> {
  const graceOver = afterAbort(signal, ABORT_GRACE_MS);
  try {
    await Promise.race([Promise.resolve().then(handle), graceOver.rejects]);
    return signal.reason instanceof LockLost ? { kind: "lost" } : { kind: "done" };
  } catch (thrown) {
    return signal.reason instanceof LockLost ? { kind: "lost" } : { kind: "failure", failure: failureOf(thrown, signal) };
  } finally {
    graceOver.forget();
  }
}

/** Why a handler is aborted when the queue has given its job to another worker. */
export class LockLost extends Failure {
  constructor() {
    super("stale-fence", "the lock on the job ran out: another worker has it now");
  }
}

/** Whatever an aborted handler throws was caused by the abort, unless it says that the job must never run again. */
function failureOf(thrown: unknown, signal: AbortSignal): Failure {
  const failure = asFailure(thrown);
  return signal.aborted && failure.disposition !== "fail" ? asFailure(signal.reason) : failure;
}

/** A promise that rejects with the signal's reason some time after the abort, and can be forgotten. */
function afterAbort(signal: AbortSignal, ms: number): { rejects: Promise<never>; forget(): void } {
  let timer: NodeJS.Timeout | undefined;
  let start: () => void = () => undefined;
  const rejects = new Promise<never>((_, reject) => {
    start = () => {
      timer = setTimeout(() => reject(signal.reason), ms);
    };
  });
  signal.addEventListener("abort", start, { once: true });
  return {
    rejects,
    forget: () => {
      signal.removeEventListener("abort", start);
      clearTimeout(timer);
    },
  };
}
