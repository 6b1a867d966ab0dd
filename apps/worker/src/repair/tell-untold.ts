/**
 * What the queue was never told of: a process died, or Redis was full or away, between writing and enqueueing; or a
 * repair has put it back. To tell a job twice is to tell it once, because its id carries its generation.
 */
import type { ProductJob, StartJob } from "@levain/db";
import type { CountRepairs } from "./count-repairs.js";

export type TellUntoldDeps = {
  untoldStarts(forMs: number): Promise<readonly StartJob[]>;
  untoldProducts(forMs: number, limit: number): Promise<readonly ProductJob[]>;
  /** Puts it on the queue and notes that it is there. */
  enqueueStart(start: StartJob): Promise<void>;
  enqueueProducts(products: readonly ProductJob[]): Promise<void>;
  repaired: CountRepairs;
};

/** Milliseconds that a producer may take from its commit to the queue before somebody else does it. */
const START_WITHIN_MS = 2_000;

/** Milliseconds that a worker may take to deal a run. Thousands of products are dealt in one. */
const DEAL_WITHIN_MS = 5_000;

/** Product trainings told in one go. */
const PAGE = 1_000;

/** Goes per repair: what remains waits for the next one, and the leader stays a leader. */
const GOES_MAX = 50;

export async function tellUntold(deps: TellUntoldDeps): Promise<void> {
  const starts = await deps.untoldStarts(START_WITHIN_MS);
  for (const start of starts) await deps.enqueueStart(start);
  deps.repaired("untold-start", starts.length);

  for (let go = 0; go < GOES_MAX; go++) {
    const products = await deps.untoldProducts(DEAL_WITHIN_MS, PAGE);
    if (products.length > 0) await deps.enqueueProducts(products);
    deps.repaired("untold-product", products.length);
    if (products.length < PAGE) return;
  }
}
