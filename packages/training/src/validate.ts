/**
 * What is odd about a product's sales: one small function per finding. A finding counts, shows up to five examples and
 * says what was done about it. An `error` keeps the product from training, a `warning` asks for a look.
 */
import { fromEpochDay, toEpochDay } from "@levain/calendar";
import type { BusinessDay, Finding, FindingCode, MissingDay, Product, RunContext, Sales, TrainingPolicy } from "@levain/contracts";
import type { EpochDay } from "@levain/forecast";

/** A product's sales as one total per day, and what was met on the way there. */
export type DailySales = {
  /** Up to the cutoff; never below zero. */
  readonly totals: ReadonlyMap<EpochDay, number>;
  readonly duplicates: readonly BusinessDay[];
  readonly afterCutoff: readonly BusinessDay[];
  /** Days that ended below zero. */
  readonly negatives: readonly BusinessDay[];
};

type Facts = {
  readonly daily: DailySales;
  /** Open days up to the cutoff, ascending. */
  readonly open: readonly EpochDay[];
  /** Open days from the first sale on. */
  readonly observed: readonly EpochDay[];
  /** Days with sales, ascending. */
  readonly sold: readonly EpochDay[];
  readonly cutoff: EpochDay;
  readonly sales: Sales;
  readonly context: RunContext;
  readonly missingDay: MissingDay;
  readonly policy: TrainingPolicy;
};

/** Days shown as examples of a finding. */
const EXAMPLES_MAX = 5;

export function findingsOf(daily: DailySales, open: readonly EpochDay[], sales: Sales, context: RunContext, missingDay: MissingDay, policy: TrainingPolicy): Finding[] {
  const sold = [...daily.totals].filter(([, quantity]) => quantity > 0).map(([day]) => day).sort((a, b) => a - b);
  const observed = open.filter((day) => day >= (sold[0] ?? Number.POSITIVE_INFINITY));
  const facts: Facts = { daily, open, observed, sold, cutoff: toEpochDay(context.cutoff), sales, context, missingDay, policy };
  return CHECKS.flatMap((check) => check(facts) ?? []);
}

const finding = (code: FindingCode, severity: Finding["severity"], days: readonly (BusinessDay | EpochDay)[], message: string): Finding | null =>
  days.length === 0
    ? null
    : { code, severity, count: days.length, examples: days.slice(0, EXAMPLES_MAX).map((day) => (typeof day === "number" ? fromEpochDay(day) : day)), message };

const unreadableRows = ({ sales: { unreadable } }: Facts): Finding | null =>
  unreadable.count === 0
    ? null
    : { code: "unreadable-rows", severity: "warning", count: unreadable.count, examples: unreadable.examples.slice(0, EXAMPLES_MAX), message: "rows without a readable date or quantity were left out" };

const negativeQuantities = ({ daily, sales }: Facts): Finding | null =>
  finding("negative-quantities", "warning", daily.negatives, sales.kind === "daily" ? "negative totals count as nothing sold" : "days with more returned than sold count as nothing sold");

const duplicateDays = ({ daily }: Facts): Finding | null => finding("duplicate-days", "warning", daily.duplicates, "of several totals of one day the last row counts");

const rowsAfterCutoff = ({ daily }: Facts): Finding | null => finding("rows-after-cutoff", "note", daily.afterCutoff, "rows after the cutoff were left out");

const absurdQuantities = ({ daily, sold, policy }: Facts): Finding | null => {
  const typical = medianOf(sold.map((day) => daily.totals.get(day) ?? 0));
  const absurd = sold.filter((day) => (daily.totals.get(day) ?? 0) > policy.absurdFactor * typical);
  return finding("absurd-quantities", "warning", absurd, `more than ${policy.absurdFactor} times the median of the selling days; kept as they are`);
};

const salesOnClosedDays = ({ sold, context, missingDay }: Facts): Finding | null => {
  if (missingDay === "closed") return null;
  const open = new Set(context.openDays);
  return finding("sales-on-closed-days", "warning", sold.filter((day) => !open.has(fromEpochDay(day))), "sales on days that the shop calls closed; the days count as open");
};

const gaps = ({ observed, policy }: Facts): Finding | null => {
  const before = observed.filter((day, index) => day - (observed[index - 1] ?? day) > policy.gapDaysMax);
  return finding("gaps", "note", before, `first open day after more than ${policy.gapDaysMax} days without one`);
};

const manyZeroDays = ({ daily, observed, policy }: Facts): Finding | null => {
  const zero = observed.filter((day) => (daily.totals.get(day) ?? 0) === 0);
  return zero.length <= policy.zeroShareMax * observed.length ? null : finding("many-zero-days", "warning", zero, `nothing sold on ${percent(zero.length / observed.length)} of the open days`);
};

const staleData = ({ sold, cutoff, policy }: Facts): Finding | null => {
  const last = sold.at(-1);
  return last === undefined || cutoff - last <= policy.staleDaysMax ? null : finding("stale-data", "warning", [last], `the last sale is ${cutoff - last} days before the cutoff`);
};

const noRecentSales = ({ sold, cutoff, policy }: Facts): Finding | null => {
  const last = sold.at(-1);
  if (last !== undefined && cutoff - last < policy.recentSalesDays) return null;
  return finding("no-recent-sales", "error", [last ?? cutoff], `no sale in the ${policy.recentSalesDays} days before the cutoff`);
};

const openDayCount = ({ observed, policy }: Facts): Finding | null => {
  const count = observed.length;
  if (count >= policy.openDaysRecommended) return null;
  const isTooFew = count < policy.openDaysMin;
  return {
    code: isTooFew ? "too-few-open-days" : "few-open-days",
    severity: isTooFew ? "error" : "warning",
    count: Math.max(1, count),
    examples: [],
    message: `${count} open days since the first sale; ${policy.openDaysMin} are needed, ${policy.openDaysRecommended} recommended`,
  };
};

const CHECKS: readonly ((facts: Facts) => Finding | null)[] = [
  unreadableRows,
  negativeQuantities,
  duplicateDays,
  rowsAfterCutoff,
  absurdQuantities,
  salesOnClosedDays,
  gaps,
  manyZeroDays,
  staleData,
  noRecentSales,
  openDayCount,
];

/** What is odd about a tenant as a whole. */
export function checkTenant(products: readonly Product[], policy: TrainingPolicy): Finding[] {
  const sold = products.filter(({ isDiscontinued }) => !isDiscontinued);
  if (sold.length >= policy.productsRecommended) return [];
  return [
    {
      code: "few-products",
      severity: "warning",
      count: Math.max(1, sold.length),
      examples: sold.map(({ id }) => id).slice(0, EXAMPLES_MAX),
      message: `${sold.length} products on sale; ${policy.productsRecommended} are recommended, or there is little to compare with`,
    },
  ];
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;
