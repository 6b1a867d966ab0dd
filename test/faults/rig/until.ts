/** Waiting for something to become true in another process. It ends with what came, never with a guess that it has. */
import { setTimeout as pause } from "node:timers/promises";

export type Wait = {
  /** What is waited for, for the failure's message. */
  readonly what: string;
  readonly withinMs: number;
  readonly everyMs?: number;
};

const EVERY_MS = 100;

/** Asks until the answer is neither null nor false. A question that throws was answered "not yet". */
export async function until<T>(ask: () => Promise<T | null | false>, { what, withinMs, everyMs = EVERY_MS }: Wait): Promise<T> {
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
    if (performance.now() - startedAt > withinMs) {
      throw new Error(`expected ${what} within ${withinMs} ms${trouble instanceof Error ? `; last: ${trouble.message}` : ""}`, { cause: trouble });
    }
    await pause(everyMs);
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
