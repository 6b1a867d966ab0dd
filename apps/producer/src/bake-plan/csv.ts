/** A bake plan for spreadsheets: one row per product, numbers with a point, and in each the weather forecast that it was computed with. */
import type { BakePlanView } from "@levain/contracts";

const HEADER = [
  "product_id",
  "product",
  "bake",
  "trays",
  "advised",
  "override_reason",
  "chance_to_sell_out",
  "expected_waste",
  "expected_lost",
  "expected_cost",
  "currency",
  "note",
  "weather_issued_at",
  "weather_age_hours",
];

export function csvOf({ items, unplanned, currency, weather }: BakePlanView): string {
  const rows = items.map((item) => [
    item.productId,
    item.productName,
    item.quantity,
    item.trays,
    item.advised,
    item.override?.reason ?? "",
    ...[item.chanceToSellOut, item.expectedWaste, item.expectedLost, item.expectedCost].map(hundredths),
    currency,
    item.isHeldBackByOven ? "held back by the oven" : "",
  ]);
  const without = unplanned.map(({ productId, productName, reason, override }) => [productId, productName, override?.quantity ?? "", "", "", override?.reason ?? "", "", "", "", "", currency, reason]);
  const toldOf = [weather?.issuedAt ?? "", weather?.ageHours ?? ""];
  return [HEADER, ...[...rows, ...without].map((row) => [...row, ...toldOf])].map((row) => row.map(field).join(",")).join("\r\n") + "\r\n";
}

const hundredths = (value: number): number => Math.round(100 * value) / 100;

/** What a spreadsheet would run as a formula is text, and stays text behind an apostrophe. */
const field = (value: string | number): string => {
  if (typeof value === "number") return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};
