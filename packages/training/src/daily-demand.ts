/**
 * Sales rows, netted to one quantity a day.
 *
 * - A daily total that comes twice is a correction or a page sent twice: the last one holds. Adding them up would double
 *   the demand, the costlier mistake.
 * - Receipt lines add up, returns included: a roll sold and brought back was not demanded.
 * - A day that comes to less than nothing, returns of earlier days, is a day without demand: zero.
 * - Days outside the range are left out.
 *
 * All of it is told in the demand's own notes; nothing disappears uncounted.
 */
import { toEpochDay } from "@levain/calendar";
import type { BusinessDay, Sales } from "@levain/contracts";
import type { EpochDay } from "@levain/forecast";
import type { DayRange } from "./ports.js";

export type DailyDemand = {
  /** Quantity by day, never negative, for each day of the range that has a row. */
  readonly quantities: ReadonlyMap<EpochDay, number>;
  readonly duplicateDays: readonly BusinessDay[];
  /** Days whose rows came to less than zero, with what they came to. */
  readonly negativeDays: readonly { readonly day: BusinessDay; readonly quantity: number }[];
  /** Receipt lines below zero that were netted with the day's others. */
  readonly returnedLines: number;
  /** Days on which somebody noted that the shelf was empty; of several daily totals the last one says it. */
  readonly soldOutDays: ReadonlySet<BusinessDay>;
  /** Days of the rows that lie outside the range, one per row. */
  readonly daysBefore: readonly BusinessDay[];
  readonly daysAfter: readonly BusinessDay[];
};

export const dailyDemand = (sales: Sales, range: DayRange): DailyDemand => {
  const inRange = sales.records.filter(({ day }) => day >= range.from && day <= range.until);
  const totals = new Map<BusinessDay, number>();
  const duplicateDays = new Set<BusinessDay>();
  const soldOutDays = new Set<BusinessDay>();
  let returnedLines = 0;
  for (const { day, quantity, soldOutAt } of inRange) {
    if (soldOutAt !== undefined) soldOutDays.add(day);
    if (sales.kind === "transactions") {
      totals.set(day, (totals.get(day) ?? 0) + quantity);
      if (quantity < 0) returnedLines += 1;
      continue;
    }
    if (soldOutAt === undefined) soldOutDays.delete(day);
    if (totals.has(day)) duplicateDays.add(day);
    totals.set(day, quantity);
  }
  const netted = [...totals].map(([day, total]) => ({ day, quantity: withoutDust(total) }));
  return {
    quantities: new Map(netted.map(({ day, quantity }) => [toEpochDay(day), Math.max(0, quantity)])),
    duplicateDays: [...duplicateDays],
    negativeDays: netted.filter(({ quantity }) => quantity < 0),
    returnedLines,
    soldOutDays,
    daysBefore: sales.records.flatMap(({ day }) => (day < range.from ? [day] : [])),
    daysAfter: sales.records.flatMap(({ day }) => (day > range.until ? [day] : [])),
  };
};

/** Parts of a unit. What adding fractions leaves below this is no quantity: 0.1 + 0.2 − 0.3 is not 5.6e-17 rolls. */
const DUST = 1e-9;

const withoutDust = (quantity: number): number => (Math.abs(quantity) < DUST ? 0 : quantity);
