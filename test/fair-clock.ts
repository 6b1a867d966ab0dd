/**
 * Time as a machine with a core to spare would have taken it. A promise in seconds cannot hold on a machine that has
 * no time for the fleet, so it is held against this clock: a fixed piece of computing is done again and again, and where it
 * takes three times as long as it should, a second counts as a third. On a faster machine a second is a second.
 */
import { setTimeout as pause } from "node:timers/promises";

export type FairClock = {
  /** Fair milliseconds since the clock was started. */
  passedMs(): number;
  stop(): void;
};

/** What `compute` takes on one core of a server of 2020 that has nothing else to do. */
const REFERENCE_MS = 10;
const LOOK_EVERY_MS = 250;

export function startFairClock(): FairClock {
  const over = new AbortController();
  let fairMs = 0;
  let seenAt = performance.now();
  let slowness = slownessNow();
  const passedMs = (): number => fairMs + (performance.now() - seenAt) / slowness;
  void (async () => {
    while (!over.signal.aborted) {
      await pause(LOOK_EVERY_MS, undefined, { signal: over.signal, ref: false }).catch(() => undefined);
      const next = slownessNow();
      // What lies between two looks was as slow as the slower of them.
      slowness = Math.max(slowness, next);
      [fairMs, seenAt] = [passedMs(), performance.now()];
      slowness = next;
    }
  })();
  return { passedMs, stop: () => over.abort() };
}

/** How many times as long as it should a piece of computing takes now; at least 1. */
function slownessNow(): number {
  const startedAt = performance.now();
  compute();
  return Math.max(1, (performance.now() - startedAt) / REFERENCE_MS);
}

function compute(): number {
  let mixed = 1;
  for (let round = 0; round < 5_000_000; round += 1) mixed = (Math.imul(mixed ^ (mixed >>> 15), mixed | 1) + 0x6d2b79f5) | 0;
  return mixed;
}
