/** The quantity of one product and day that costs least in expectation, in whole trays. */
import { criticalRatio, type Stakes } from "./costs.js";
import { expectedLost, expectedWaste, quantileOf, type Demand } from "./demand.js";

export type BakeRules = {
  /** Units; quantities are whole numbers of trays. Above zero. */
  readonly traySize: number;
  /** Units that the shelf is never to open with less of. */
  readonly displayMin: number;
};

/** In whole trays. */
export type Bake = { readonly trays: number; readonly quantity: number };

/** What is lost in expectation against knowing the demand beforehand; money. It has one valley over the quantity. */
export const expectedCost = (demand: Demand, { over, under }: Stakes, quantity: number): number => over * expectedWaste(demand, quantity) + under * expectedLost(demand, quantity);

/** Of the trays below and above the quantile of the critical ratio the cheaper one: between them the cost has its only valley. */
export const cheapestBake = (demand: Demand, stakes: Stakes, { traySize, displayMin }: BakeRules): Bake => {
  const best = quantileOf(demand, criticalRatio(stakes)) / traySize;
  const [fewer, more] = [Math.floor(best), Math.ceil(best)];
  const costOf = (trays: number) => expectedCost(demand, stakes, trays * traySize);
  const trays = Math.max(stakes.under <= 0 ? 0 : costOf(fewer) <= costOf(more) ? fewer : more, traysFor(displayMin, traySize));
  return { trays, quantity: trays * traySize };
};

/** Share of a tray by which a quotient may be off by rounding alone. */
const ROUNDING = 1e-9;

/** The fewest trays that hold so many. */
export const traysFor = (quantity: number, traySize: number): number => Math.ceil(quantity / traySize - ROUNDING);
