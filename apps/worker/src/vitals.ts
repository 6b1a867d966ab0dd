/**
 * Life, measured from within: a worker that takes no job while jobs wait beside free slots has lost its queue for good, and
 * only a restart helps. It ends itself, so that whoever keeps it running need not ask.
 */
import { Failure } from "@levain/contracts";

export type Vitals = Readonly<Record<string, () => Promise<void>>>;

/** Milliseconds between two looks. */
const LOOK_EVERY_MS = 5_000;

/** @param die told once which vital failed, and how */
export function watchVitals(vitals: Vitals, die: (vital: string, error: unknown) => void, everyMs = LOOK_EVERY_MS): { stop(): void } {
  let isDone = false;
  const look = async (): Promise<void> => {
    for (const [vital, check] of Object.entries(vitals)) {
      try {
        await check();
      } catch (error) {
        // A Redis that does not answer tells nothing of this worker; the clock of what waits goes on.
        if (isDone || (error instanceof Failure && error.code === "redis.unavailable")) continue;
        isDone = true;
        return die(vital, error);
      }
    }
    if (!isDone) timer = setTimeout(() => void look(), everyMs);
  };
  let timer = setTimeout(() => void look(), everyMs);
  return {
    stop: () => {
      isDone = true;
      clearTimeout(timer);
    },
  };
}
