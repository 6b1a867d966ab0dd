/**
 * Who works beside whom in this process. Trainings work together; one that has lost a worker before is a suspect and works
 * alone: when its worker vanishes again, nothing else can have been the cause, and what stood beside it in the queue is
 * spared. Whoever comes first is served first, so that a suspect's turn comes and passes.
 *
 * A worker that is killed from outside takes the innocent with it, so a loss in company proves nothing: a product training
 * is set aside after three that it suffered alone. Where workers die all the time, three can still be chance; then others,
 * too, lose theirs alone and are trained after all, and it takes three more than any of them.
 */
import type { Claim } from "@levain/db";

export type Company = {
  /** @returns how to leave. @throws the signal's reason */
  together(signal: AbortSignal): Promise<() => void>;
  alone(signal: AbortSignal): Promise<() => void>;
};

/** Workers that vanished with nothing but this in hand. */
const LOST_ALONE_MAX = 3;

/** @param survived the most that others lost alone and were trained after all; asked only where it matters */
export const isCondemned = async ({ lostAlone }: Claim, survived: () => Promise<number>): Promise<boolean> =>
  lostAlone >= LOST_ALONE_MAX && lostAlone >= LOST_ALONE_MAX + (await survived());

type Waiter = { readonly isAlone: boolean; begin(): void };

export function keepCompany(): Company {
  const waiting: Waiter[] = [];
  let inside = 0;
  let isTaken = false;

  const admit = (): void => {
    for (let next = waiting[0]; next; next = waiting[0]) {
      if (isTaken || (next.isAlone && inside > 0)) return;
      waiting.shift();
      inside += 1;
      isTaken = next.isAlone;
      next.begin();
    }
  };
  const enter = (isAlone: boolean, signal: AbortSignal): Promise<() => void> =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const giveUp = (): void => {
        waiting.splice(waiting.indexOf(waiter), 1);
        reject(signal.reason);
        admit();
      };
      const leave = (): void => {
        inside -= 1;
        if (isAlone) isTaken = false;
        admit();
      };
      const waiter: Waiter = {
        isAlone,
        begin: () => {
          signal.removeEventListener("abort", giveUp);
          resolve(leave);
        },
      };
      signal.addEventListener("abort", giveUp, { once: true });
      waiting.push(waiter);
      admit();
    });

  return { together: (signal) => enter(false, signal), alone: (signal) => enter(true, signal) };
}
