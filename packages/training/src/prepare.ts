/**
 * From what the sources said to what a model can learn from: a demand for each day that counts, the drivers, and a
 * report of everything odd on the way. Closed days are left out, never zero; nothing is left out uncounted.
 */
import { fromEpochDay, toEpochDay } from "@levain/calendar";
import { Failure, type DailyColumn, type DataReport, type MissingDay, type RunContext, type Sales, type SkipReason, type TrainingPolicy } from "@levain/contracts";
import type { Drivers, Series } from "@levain/forecast";
import { dailyDemand } from "./daily-demand.js";
import { driversOf, openColumnOf } from "./drivers.js";
import { observedDays, seriesOf } from "./observed-days.js";
import { shopDays } from "./shop-days.js";
import { soldOutOf } from "./sold-out.js";
import { findingsOf, percent } from "./validate.js";

export type Prepared = {
  /** Null when no day counts. */
  readonly series: Series | null;
  readonly drivers: Drivers;
  readonly report: DataReport;
  /** Why the product is not trained; null when it is. */
  readonly skip: SkipReason | null;
};

/** @param ownColumns the product's own calendar, all known ahead. @throws Failure `source.malformed` when too many rows are unreadable */
export const prepare = (sales: Sales, context: RunContext, missingDay: MissingDay, policy: TrainingPolicy, ownColumns: readonly DailyColumn[] = []): Prepared => {
  refuseUnreadable(sales, policy);
  const cutoff = toEpochDay(context.cutoff);
  const demand = dailyDemand(sales, { from: context.firstDay, until: context.cutoff });
  const shop = shopDays(context, missingDay, openColumnOf(context, ownColumns));
  const days = observedDays(demand, shop, cutoff, policy.absurdFactor);
  const soldOut = soldOutOf(sales, demand, days, context);
  const findings = findingsOf({ sales, demand, days, soldOut, cutoff, policy });
  const [firstSale, lastSale] = [days.sellingDays[0], days.sellingDays.at(-1)];
  return {
    series: seriesOf(days, cutoff, soldOut.marked),
    drivers: driversOf(context, ownColumns, shop.ahead),
    report: {
      rows: rowsOf(sales),
      openDays: days.openDays.length,
      zeroDays: days.demand.filter((quantity) => quantity === 0).length,
      firstSale: firstSale === undefined ? null : fromEpochDay(firstSale),
      lastSale: lastSale === undefined ? null : fromEpochDay(lastSale),
      findings,
      ...(soldOut.likely.length > 0 && { likelySoldOutDays: soldOut.likely.map(fromEpochDay) }),
    },
    skip: skipReasonOf(findings),
  };
};

/** The report of a product whose sales nobody asked for. */
export const REPORT_OF_NOTHING: DataReport = { rows: 0, openDays: 0, zeroDays: 0, firstSale: null, lastSale: null, findings: [] };

const refuseUnreadable = (sales: Sales, { unreadableRowShareMax }: TrainingPolicy): void => {
  const { count, examples } = sales.unreadable;
  const rows = rowsOf(sales);
  if (count <= unreadableRowShareMax * rows) return;
  const message = `sales: expected at most ${percent(unreadableRowShareMax)} unreadable rows, got ${count} of ${rows}: ${examples[0] ?? "no example"}`;
  throw new Failure("source.malformed", message, { source: "sales", rows, unreadable: count });
};

const rowsOf = ({ records, unreadable }: Sales): number => records.length + unreadable.count;

const skipReasonOf = (findings: DataReport["findings"]): SkipReason | null => {
  const codes = new Set(findings.map(({ code }) => code));
  if (codes.has("too-few-open-days")) return "too-few-observations";
  return codes.has("no-recent-sales") ? "no-recent-sales" : null;
};
