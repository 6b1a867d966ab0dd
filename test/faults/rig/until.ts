/** Waiting for something to become true in another process. It ends with what came, never with a guess that it has. */
import { setTimeout as pause } from "node:timers/promises";
import { startFairClock } from "../../fair-clock.js";

export type Wait = {
  /** What is waited for, for the failure's message. */
  readonly what: string;
  readonly everyMs?: number;
};

const EVERY_MS = 100;
/** For what nobody promised a time: past it the test gives up. */
const PATIENCE_MS = 600_000;

/** Asks until the answer is neither null nor false. A question that throws was answered "not yet". */
export async function until<T>(ask: () => Promise<T | null | false>, { what, everyMs = EVERY_MS }: Wait): Promise<T> {
  const startedAt = performance.now();
  let trouble: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== null && answer !== false) return answer;
      trouble = undefined;
    } catch (error) {
      trouble = error;
    }
    if (performance.now() - startedAt > PATIENCE_MS) {
      throw new Error(`expected ${what} within ${PATIENCE_MS} ms${trouble instanceof Error ? `; last: ${trouble.message}` : ""}`, { cause: trouble });
    }
    await pause(everyMs);
  }
}

/** As `until`, for what is promised within a time. @returns how long it took, and the fair time that is held against the promise */
export async function untilPromised(
  ask: () => Promise<unknown>,
  { what, promisedMs, everyMs }: { readonly what: string; readonly promisedMs: number; readonly everyMs?: number },
): Promise<{ tookMs: number; fairMs: number }> {
  const [clock, startedAt] = [startFairClock(), performance.now()];
  try {
    await until(async () => ((await ask()) ? true : null), { what, ...(everyMs === undefined ? {} : { everyMs }) });
    const fairMs = clock.passedMs();
    if (fairMs > promisedMs) throw new Error(`expected ${what} within ${promisedMs} ms of a machine with time for it, but it took ${Math.round(fairMs)} of them`);
    return { tookMs: performance.now() - startedAt, fairMs };
  } finally {
    clock.stop();
  }
}

/** Does something every so often until stopped; the first failure of it is thrown by `stop`. */
export function every(ms: number, act: () => Promise<void>): { stop(): Promise<void> } {
  const over = new AbortController();
  const going = (async () => {
    while (!over.signal.aborted) {
      await pause(ms, undefined, { signal: over.signal }).catch(() => undefined);
      if (!over.signal.aborted) await act();
    }
  })();
  going.catch(() => undefined);
  return {
    stop: async () => {
      over.abort();
      await going;
    },
  };
}
