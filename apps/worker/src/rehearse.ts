/**
 * The rehearsal: products of a shop that does not exist are trained until there is real work. What runs for the first time
 * is interpreted, then compiled while it runs; a fit thread computes its first twenty-five products at half of its later
 * pace. Whoever waits for work may as well do that beforehand. Nothing is read, written or told.
 *
 *     rehearsing ─┬─ all were trained ────────▶ over
 *                 └─ the first job has come ──▶ over, when the product in hand is done
 */
import { resolvePolicy } from "@levain/contracts";
import { lineageOf } from "@levain/memory";
import { NOTHING_KNOWN, trainProduct, type TrainingDeps } from "@levain/training";
import { madeUpContext, madeUpProduct, madeUpSales } from "./made-up-shop.js";

export type Rehearsal = {
  isOver(): boolean;
  /** No further product is begun. The one in hand is not aborted: that would end its thread, and with it all that was compiled. */
  stop(): void;
  /** Resolves when it is over. */
  readonly ended: Promise<void>;
};

export type RehearsalOptions = Pick<TrainingDeps, "tune" | "fit"> & {
  readonly threads: number;
  /** By each thread. */
  readonly products: number;
};

export function rehearse({ threads, products, tune, fit }: RehearsalOptions): Rehearsal {
  const open = { products: threads * products, isStopped: false, isOver: false };
  const lane = async (): Promise<void> => {
    while (open.products > 0 && !open.isStopped) {
      open.products -= 1;
      await trainMadeUp(open.products, { tune, fit });
    }
  };
  // Whatever goes wrong with a product that does not exist, real ones will say so better.
  const ended = Promise.allSettled(Array.from({ length: threads }, lane)).then(() => {
    open.isOver = true;
  });
  return {
    isOver: () => open.isOver,
    stop: () => {
      open.isStopped = true;
    },
    ended,
  };
}

const POLICY = resolvePolicy();
const NEVER = new AbortController().signal;

const trainMadeUp = (number: number, engine: Pick<TrainingDeps, "tune" | "fit">): Promise<unknown> => {
  // Digests are computed beside the fit threads, by code that is to be compiled as well.
  const digests: Pick<TrainingDeps, "lineageOf"> = { lineageOf: (ingredients) => lineageOf(ingredients, "rehearsal") };
  const deps: TrainingDeps = { ...NOTHING_KNOWN, ...digests, ...engine, loadSales: async () => madeUpSales(number) };
  return trainProduct(madeUpProduct(number), madeUpContext, POLICY, "zero-unless-shop-closed", deps, NEVER);
};
