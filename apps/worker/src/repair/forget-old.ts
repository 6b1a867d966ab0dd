/** What is kept for a while only: a part of it with each repair until nothing old is left, and then not for some hours. */
import type { Forgotten } from "@levain/db";

export type ForgetOldDeps = {
  /** Forgets some of each kind, and says how many. */
  forgetOld(): Promise<Forgotten>;
  now(): Date;
};

/** @param everyMs between the end of one round and the beginning of the next */
export function createForgetOld(everyMs: number): (deps: ForgetOldDeps) => Promise<void> {
  let nextAt = 0;
  return async (deps) => {
    const now = deps.now().getTime();
    if (now < nextAt) return;
    const forgotten = await deps.forgetOld();
    if (Object.values(forgotten).every((count) => count === 0)) nextAt = now + everyMs;
  };
}
