/** Which forecasts a back-test makes and judges: for each product, at each cutoff, the open days ahead. */
import { addDays, toEpochDay } from "@levain/calendar";
import type { BusinessDay, MissingDay, Product, Sales } from "@levain/contracts";
import { seasonalNaiveErrors } from "@levain/forecast";

/** Days of history, and of silence: a product younger than this is too new to judge, one silent for as long is gone. */
const KNOWN_DAYS_MIN = 56;
/** Open days from the first row to the cutoff: the least that is trained on. */
const OPEN_DAYS_MIN = 30;

export type CutoffPlan = { readonly horizonDays: number; readonly cutoffs: number; readonly stepDays: number };

/** Cutoffs, ascending: the last one leaves exactly a horizon of known days, each earlier one lies a step before. */
export const cutoffsOf = (lastDay: BusinessDay, { horizonDays, cutoffs, stepDays }: CutoffPlan): BusinessDay[] =>
  Array.from({ length: cutoffs }, (_, index) => addDays(lastDay, -horizonDays - stepDays * (cutoffs - 1 - index)));

export type BacktestCase = {
  readonly product: Product;
  readonly cutoff: BusinessDay;
  /** Open days in `(cutoff, cutoff + horizon]` and what was sold on them, shape (h) each. */
  readonly ahead: readonly BusinessDay[];
  readonly actuals: readonly number[];
  /** Mean absolute error of the seasonal naive forecast up to the cutoff: what MASE divides by. NaN where there is none. */
  readonly naiveAbsolute: number;
};

export type SoldProduct = { readonly product: Product; readonly sales: Sales };

/** The cases that count, in order of product and cutoff. `shopDays`: days on which the shop sold anything, ascending. */
export function casesOf(sold: readonly SoldProduct[], shopDays: readonly BusinessDay[], missingDay: MissingDay, lastDay: BusinessDay, plan: CutoffPlan): BacktestCase[] {
  const cutoffs = cutoffsOf(lastDay, plan);
  return sold.flatMap(({ product, sales }) => {
    const totals = dailyTotals(sales);
    const rowDays = [...totals.keys()].toSorted();
    const openDays = missingDay === "closed" ? rowDays : shopDays;
    return cutoffs.flatMap((cutoff): BacktestCase[] => {
      const known = openDays.filter((day) => day >= (rowDays[0] ?? "") && day <= cutoff);
      const ahead = openDays.filter((day) => day > cutoff && day <= addDays(cutoff, plan.horizonDays));
      if (ahead.length === 0 || known.length < OPEN_DAYS_MIN || !isOnSale(rowDays, cutoff)) return [];
      const { absolute } = seasonalNaiveErrors(known.map(toEpochDay), known.map((day) => totals.get(day) ?? 0));
      return [{ product, cutoff, ahead, actuals: ahead.map((day) => totals.get(day) ?? 0), naiveAbsolute: absolute }];
    });
  });
}

/** First told of long enough before the cutoff, and again lately. @param rowDays days with a row, be it of returns alone, ascending */
function isOnSale(rowDays: readonly BusinessDay[], cutoff: BusinessDay): boolean {
  const first = rowDays[0];
  const last = rowDays.findLast((day) => day <= cutoff);
  if (first === undefined || last === undefined) return false;
  return first <= addDays(cutoff, -KNOWN_DAYS_MIN) && last > addDays(cutoff, -KNOWN_DAYS_MIN);
}

/** As training reads them: of two totals of a day the later corrects the earlier, and a day of returns sold nothing. */
function dailyTotals({ kind, records }: Sales): Map<BusinessDay, number> {
  const totals = new Map<BusinessDay, number>();
  for (const { day, quantity } of records) totals.set(day, kind === "daily" ? quantity : (totals.get(day) ?? 0) + quantity);
  for (const [day, quantity] of totals) totals.set(day, Math.max(0, quantity));
  return totals;
}
