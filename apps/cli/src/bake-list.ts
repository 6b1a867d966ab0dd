/** One day's bake plan, or its bare forecasts, as tables for a person. */
import { UNPLANNED_IN_WORDS, type BakePlanItem, type BakePlanView, type ForecastDay } from "@levain/contracts";
import Table from "cli-table3";

export function bakeListTable({ items, unplanned, currency }: BakePlanView): string {
  const money = new Intl.NumberFormat("en", { style: "currency", currency });
  const table = tableOf(["product", "bake", "trays", "middling day", "sells out", "left over", "expected loss", "note"]);
  for (const item of items) {
    const { productName, quantity, trays, traySize, median, chanceToSellOut, expectedWaste, expectedCost } = item;
    table.push([
      productName,
      amount(quantity),
      traySize === 1 ? "" : amount(trays),
      amount(median),
      quantity === 0 ? "–" : percent(chanceToSellOut),
      amount(expectedWaste),
      money.format(expectedCost),
      noteOf(item),
    ]);
  }
  for (const { productName, reason, override } of unplanned) {
    const [bake, note] = override ? [amount(override.quantity), `decided: ${override.reason}`] : ["–", UNPLANNED_IN_WORDS[reason]];
    table.push([productName, bake, "", "", "", "", "", note]);
  }
  return table.toString();
}

/** What the list comes to, in one sentence. */
export function bakeListSummary({ unit, currency, totals }: BakePlanView): string {
  const money = new Intl.NumberFormat("en", { style: "currency", currency });
  return `${amount(totals.quantity)} ${unit}; expected to be left over: ${amount(totals.expectedWaste)}; waste and empty shelves together: ${money.format(totals.expectedCost)}.`;
}

export type NamedForecast = { readonly productName: string; readonly day: ForecastDay };

export function forecastTable(forecasts: readonly NamedForecast[]): string {
  const table = tableOf(["product", "middling day", "eight days of ten"]);
  for (const { productName, day } of forecasts) table.push([productName, amount(day.median), `${amount(day.low80)} to ${amount(day.high80)}`]);
  return table.toString();
}

/** The first and the last of several columns are words, those between numbers. */
const tableOf = (head: string[]) =>
  new Table({
    head,
    colAligns: head.map((_, column) => (column === 0 || (column === head.length - 1 && head.length > 3) ? "left" : "right")),
    style: { head: [], border: [], compact: true },
  });

const noteOf = ({ override, advised, isHeldBackByOven }: BakePlanItem): string =>
  [...(override ? [`decided: ${override.reason} (advised ${amount(advised)})`] : []), ...(isHeldBackByOven ? ["held back by the oven"] : [])].join("; ");

const amount = (units: number): string => String(Math.round(10 * units) / 10);
const percent = (share: number): string => `${Math.round(100 * share)} %`;
