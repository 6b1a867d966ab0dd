/**
 * One oven for many products. Where the cheapest quantities do not fit, trays are taken out where that costs least per
 * place, until they do. As each product's cost has one valley, its trays come out one after the other at rising cost, and
 * taking greedily is as good as trying everything while trays take equal places (marginal analysis, Fox 1966); of unequal
 * trays it is a good rule and may leave a gap.
 */
import type { Stakes } from "./costs.js";
import type { Demand } from "./demand.js";
import { expectedCost, traysFor, type Bake, type BakeRules } from "./quantity.js";

export type Oven = { /** Places in the oven on one day. */ readonly capacity: number };

export type BakeableProduct = Bake &
  BakeRules & {
    readonly demand: Demand;
    readonly stakes: Stakes;
    /** Places that one unit takes; above zero. */
    readonly placesPerUnit: number;
  };

/** Trays of one product that come out together. */
type Removal = { readonly product: number; readonly trays: number; readonly places: number; /** Money per place. */ readonly loss: number };

/** How many to bake of each, in the order given. What must be on display goes out last, and goes when nothing else is left. */
export const fitIntoOven = (products: readonly BakeableProduct[], { capacity }: Oven): readonly Bake[] => {
  let excess = products.reduce((total, { quantity, placesPerUnit }) => total + quantity * placesPerUnit, 0) - capacity * (1 + ROUNDING);
  const trays = products.map((product) => product.trays);
  if (excess > 0) {
    const shown = products.map((product) => Math.min(product.trays, traysFor(product.displayMin, product.traySize)));
    const aboveDisplay = products.flatMap((product, i) => removalsOf(product, i, product.trays, shown[i] ?? 0));
    const ofDisplay = products.flatMap((product, i) => removalsOf(product, i, shown[i] ?? 0, 0));
    for (const removal of [...aboveDisplay.sort(byLoss), ...ofDisplay.sort(byLoss)]) {
      if (excess <= 0) break;
      trays[removal.product] = (trays[removal.product] ?? 0) - removal.trays;
      excess -= removal.places;
    }
  }
  return products.map(({ traySize }, i) => ({ trays: trays[i] ?? 0, quantity: (trays[i] ?? 0) * traySize }));
};

const ROUNDING = 1e-9;

/** The sort is stable, so of equal losses a product's own trays keep their order. */
const byLoss = (a: Removal, b: Removal): number => a.loss - b.loss;

/** A product of more trays than this gives them up several at once. */
const STEPS_MAX = 1_000;

/** One tray after the other, from the `from`-th down to the one above the `until`-th. */
function removalsOf({ demand, stakes, traySize, placesPerUnit }: BakeableProduct, product: number, from: number, until: number): Removal[] {
  const step = Math.max(1, Math.ceil((from - until) / STEPS_MAX));
  const removals: Removal[] = [];
  let before = expectedCost(demand, stakes, from * traySize);
  for (let left = from; left > until; ) {
    const trays = Math.min(step, left - until);
    left -= trays;
    const after = expectedCost(demand, stakes, left * traySize);
    const places = trays * traySize * placesPerUnit;
    removals.push({ product, trays, places, loss: (after - before) / places });
    before = after;
  }
  return removals;
}
