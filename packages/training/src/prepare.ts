/**
 * From what the sources said to what a model can learn from: one value per day on which the shop was open, drivers by
 * name, and a report of everything odd on the way. Closed days are left out, never zero; nothing is dropped uncounted.
 */
import { fromEpochDay, toEpochDay } from "@levain/calendar";
import { Failure, type BusinessDay, type DailyColumn, type DataReport, type Finding, type MissingDay, type RunContext, type Sales, type SkipReason, type TrainingPolicy } from "@levain/contracts";
import type { Drivers, EpochDay, Series } from "@levain/forecast";
import { driversOf, plannedClosings } from "./drivers.js";
import { findingsOf, type DailySales } from "./validate.js";

export type Prepared = {
  /** Null when there is nothing to learn from. */
  readonly series: Series | null;
  readonly drivers: Drivers;
  readonly report: DataReport;
  readonly skip: SkipReason | null;
};

export const reportOfNothing: DataReport = { rows: 0, openDays: 0, zeroDays: 0, firstSale: null, lastSale: null, findings: [] };

/** @throws Failure source.malformed when too many rows cannot be read */
export function prepare(sales: Sales, context: RunContext, missingDay: MissingDay, policy: TrainingPolicy, ownEvents: readonly DailyColumn[] = []): Prepared {
  refuseUnreadable(sales, policy);
  const cutoff = toEpochDay(context.cutoff);
  const daily = totalsByDay(sales, cutoff);
  const closings = plannedClosings(context, ownEvents);
  const open = openDaysOf(daily, context, missingDay, closings, cutoff);
  const findings = findingsOf(daily, open, sales, context, missingDay, policy);
  const sold = [...daily.totals].filter(([, quantity]) => quantity > 0).map(([day]) => day);
  const first = Math.min(...sold);
  const observed = open.filter((day) => day >= first);
  const zeroDays = observed.filter((day) => (daily.totals.get(day) ?? 0) <= 0).length;
  const report: DataReport = {
    rows: sales.records.length + sales.unreadable.count,
    openDays: observed.length,
    zeroDays,
    firstSale: sold.length === 0 ? null : fromEpochDay(first),
    lastSale: sold.length === 0 ? null : fromEpochDay(sold.reduce((latest, day) => Math.max(latest, day), first)),
    findings,
  };
  return {
    series: observed.length === 0 ? null : seriesOf(observed, daily.totals, cutoff),
    drivers: driversOf(context, ownEvents, missingDay, closings),
    report,
    skip: skipReason(findings),
  };
}

const skipReason = (findings: readonly Finding[]): SkipReason | null => {
  if (findings.some(({ code }) => code === "no-recent-sales")) return "no-recent-sales";
  return findings.some(({ code }) => code === "too-few-open-days") ? "too-few-observations" : null;
};

function refuseUnreadable({ records, unreadable }: Sales, { unreadableRowShareMax }: TrainingPolicy): void {
  const share = unreadable.count / Math.max(1, records.length + unreadable.count);
  if (share <= unreadableRowShareMax) return;
  throw new Failure("source.malformed", `expected at most ${percent(unreadableRowShareMax)} of the sales rows to be unreadable, got ${percent(share)}, such as ${unreadable.examples[0] ?? "?"}`, {
    rows: records.length + unreadable.count,
    unreadable: unreadable.count,
  });
}

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;

/**
 * One total per business day up to the cutoff. Transactions add up, returns included; of two daily totals of one day
 * the later row is a correction of the earlier. A day that ends below zero (more returned than sold) sold nothing.
 */
function totalsByDay(sales: Sales, cutoff: EpochDay): DailySales {
  const raw = new Map<EpochDay, number>();
  const duplicates: BusinessDay[] = [];
  const afterCutoff: BusinessDay[] = [];
  for (const { day, quantity } of sales.records) {
    const at = toEpochDay(day);
    const before = raw.get(at);
    if (at > cutoff) afterCutoff.push(day);
    else if (sales.kind === "transactions") raw.set(at, (before ?? 0) + quantity);
    else {
      if (before !== undefined) duplicates.push(day);
      raw.set(at, quantity);
    }
  }
  const negatives = [...raw].filter(([, quantity]) => quantity < 0).map(([day]) => fromEpochDay(day));
  return { totals: new Map([...raw].map(([day, quantity]) => [day, Math.max(0, quantity)])), duplicates, afterCutoff, negatives };
}

/** The days that count, ascending. A day with sales was open, whatever the calendar says. */
function openDaysOf(daily: DailySales, context: RunContext, missingDay: MissingDay, closings: ReadonlySet<EpochDay>, cutoff: EpochDay): EpochDay[] {
  const sold = [...daily.totals].filter(([, quantity]) => quantity > 0).map(([day]) => day);
  const listed = missingDay === "closed" ? [...daily.totals.keys()] : context.openDays.map(toEpochDay);
  const open = new Set([...listed.filter((day) => !closings.has(day)), ...sold]);
  return [...open].filter((day) => day <= cutoff).sort((a, b) => a - b);
}

/** From the first sale to the cutoff, a value on open days, NaN on closed ones. */
function seriesOf(open: readonly EpochDay[], totals: ReadonlyMap<EpochDay, number>, cutoff: EpochDay): Series {
  const start = open[0] ?? cutoff;
  const y = new Float64Array(cutoff - start + 1).fill(Number.NaN);
  for (const day of open) y[day - start] = totals.get(day) ?? 0;
  return { start, y };
}
