/**
 * What the queue was told and does not know, or counts as ended although Postgres knows no end: the tail of a log that
 * Redis lost at a restart, a job deleted at the board, one that the queue failed by itself. It is put back with the next
 * generation; should the old job turn up after all, its claims find nothing.
 */
import type { Place, ProductJob, StartJob } from "@levain/db";
import type { CountRepairs } from "./count-repairs.js";

export type PutBackLostDeps = {
  waitingStarts(forMs: number): Promise<readonly StartJob[]>;
  waitingProducts(forMs: number, after: Place | null, limit: number): Promise<readonly ProductJob[]>;
  /** Of these the ones that the queue will not run. */
  lostStarts(starts: readonly StartJob[]): Promise<readonly StartJob[]>;
  lostProducts(products: readonly ProductJob[]): Promise<readonly ProductJob[]>;
  putStartBack(start: StartJob): Promise<boolean>;
  putProductsBack(products: readonly ProductJob[]): Promise<number>;
  repaired: CountRepairs;
  warn(sentence: string, fields: Record<string, unknown>): void;
};

/** Product trainings looked at per repair: where more are open, several repairs look through them by turns. */
const LOOK = 5_000;

/** @param staleMs how long a job may be on the queue before it is looked for @returns the repair, which remembers where it was */
export function createPutBackLost(staleMs: number): (deps: PutBackLostDeps) => Promise<void> {
  let place: Place | null = null;
  return async (deps) => {
    const starts = await deps.lostStarts(await deps.waitingStarts(staleMs));
    let putBack = 0;
    for (const start of starts) putBack += (await deps.putStartBack(start)) ? 1 : 0;
    deps.repaired("lost-start", putBack);

    const waiting: readonly ProductJob[] = await deps.waitingProducts(staleMs, place, LOOK);
    place = waiting.length < LOOK ? null : (waiting.at(-1) ?? null);
    const products = await deps.lostProducts(waiting);
    const putProductsBack = products.length === 0 ? 0 : await deps.putProductsBack(products);
    deps.repaired("lost-product", putProductsBack);
    if (putBack + putProductsBack > 0) deps.warn("jobs that the queue had lost are put back", { starts: putBack, products: putProductsBack });
  };
}
