/** Live accuracy for a person: the tenant in a few sentences, and its products in a table, the worst first. */
import type { AccuracyFigures, Money, ProductAccuracyItem, TenantAccuracyView } from "@levain/contracts";
import Table from "cli-table3";
import { percent } from "./percent.js";

export function accuracyTable(products: readonly ProductAccuracyItem[]): string {
  const table = new Table({
    head: ["product", "sold", "WAPE", "promised", "last week's", "bias", "in 80 %", "money saved", "drift"],
    colAligns: ["left", "right", "right", "right", "right", "right", "right", "right", "left"],
    style: { head: [], border: [], compact: true },
  });
  for (const { productName, lastDrift, ...figures } of products) {
    const { sold, live, promised, comparable, money } = figures;
    const drift = lastDrift === null ? "" : `${lastDrift.direction} since ${lastDrift.since}`;
    table.push([
      productName,
      Math.round(sold),
      percent(live.wape),
      percent(promised.wape),
      percent(comparable.lastWeek.wape),
      percent(live.bias),
      percent(live.coverage80),
      money === null ? "–" : savedOf(money).toFixed(2),
      drift,
    ]);
  }
  return table.toString();
}

/** What a tenant's accuracy comes to, one sentence a line. */
export function accuracySummary({ from, until, unit, currency, totals, driftedProducts }: TenantAccuracyView): string {
  if (totals.days === 0) return `From ${from} to ${until} no day was graded yet: a run grades the days before its cutoff that had a forecast.`;
  const { live, promised, comparable, money, overrides } = totals;
  const cost = ({ waste, emptyShelves, total }: Money): string => `${total.toFixed(2)} ${currency ?? ""} (${waste.toFixed(2)} to waste, ${emptyShelves.toFixed(2)} to empty shelves)`;
  return [
    `From ${from} to ${until}: ${totals.days} days of products, ${Math.round(totals.sold)} ${unit} sold.`,
    `WAPE ${percent(live.wape)} (the back-tests promised ${percent(promised.wape)}), bias ${percent(live.bias)}, ${percent(live.coverage80)} of days within the 80 % interval.`,
    `On days with sales a week before: WAPE ${percent(comparable.live.wape)}, of the same weekday last week ${percent(comparable.lastWeek.wape)}.`,
    ...(money === null ? [] : [`Baking what was advised would have lost ${cost(money.advised)}; as last week ${cost(money.lastWeek)}.`]),
    ...(overrides === null
      ? []
      : [`${overrides.days} decisions against the plan ${overrides.saved >= 0 ? "saved" : "cost"} ${Math.abs(overrides.saved).toFixed(2)} ${currency ?? ""}.`]),
    ...(driftedProducts === 0 ? [] : [`${driftedProducts} ${driftedProducts === 1 ? "product has" : "products have"} drifted.`]),
  ].join("\n");
}

/** Against baking as much as was sold on the same weekday last week. */
const savedOf = ({ advised, lastWeek }: NonNullable<AccuracyFigures["money"]>): number => lastWeek.total - advised.total;

