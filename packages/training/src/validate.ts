/**
 * What is odd about a product's sales: one small function per finding. A finding counts, shows up to five examples and
 * says what was done about it. An `error` keeps the product from training, a `warning` asks for a look, a `note` is
 * there so that nothing is left out silently.
 */
import { fromEpochDay, toEpochDay } from "@levain/calendar";
import type { BusinessDay, Finding, FindingCode, Product, RunContext, Sales, TrainingPolicy } from "@levain/contracts";
import type { EpochDay } from "@levain/forecast";
import type { DailyDemand } from "./daily-demand.js";
import type { ObservedDays } from "./observed-days.js";
import type { SoldOut } from "./sold-out.js";

export type Evidence = {
  readonly sales: Sales;
  readonly demand: DailyDemand;
  readonly days: ObservedDays;
  readonly soldOut: SoldOut;
  readonly cutoff: EpochDay;
  readonly policy: TrainingPolicy;
};

export const findingsOf = (evidence: Evidence): Finding[] => CHECKS.flatMap((check) => check(evidence) ?? []);

/** What is odd about a tenant as a whole: too few products to compare one with another, or a shop that reports no more. */
export const checkTenant = (products: readonly Product[], context: Pick<RunContext, "openDays" | "cutoff">, policy: TrainingPolicy): Finding[] =>
  [fewProducts(products, policy), staleShop(context, policy)].flatMap((finding) => finding ?? []);

const fewProducts = (products: readonly Product[], { productsRecommended }: TrainingPolicy): Finding | null => {
  const onSale = products.filter(({ isDiscontinued }) => !isDiscontinued);
  const message = `${onSale.length} products on sale; from ${productsRecommended} on they can be compared with one another`;
  return found("few-products", "warning", productsRecommended - onSale.length, onSale.map(({ name }) => name), message);
};

/** A shop that lists no open days, because each product is a shop of its own, is judged product by product. */
const staleShop = ({ openDays, cutoff }: Pick<RunContext, "openDays" | "cutoff">, { staleDaysMax }: TrainingPolicy): Finding | null => {
  const last = openDays.findLast((day) => day <= cutoff);
  if (last === undefined) return null;
  const age = toEpochDay(cutoff) - toEpochDay(last);
  return age <= staleDaysMax ? null : found("stale-data", "warning", age, [last], `days between the last open day and the cutoff; expected at most ${staleDaysMax}`);
};

export const percent = (share: number): string => `${Number((100 * share).toFixed(1))} %`;

type Check = (evidence: Evidence) => Finding | null;

const unreadableRows: Check = ({ sales: { unreadable } }) =>
  found("unreadable-rows", "warning", unreadable.count, unreadable.examples, "rows without a readable date or quantity; left out");

const duplicateDays: Check = ({ demand: { duplicateDays: days } }) =>
  found("duplicate-days", "warning", days.length, days, "days with more than one daily total; the last one counts");

const negativeTotals: Check = ({ demand: { negativeDays: days } }) =>
  found("negative-quantities", "warning", days.length, days.map(withQuantity), "days on which more came back than was sold; they count as no demand");

const returnedLines: Check = ({ demand: { returnedLines: lines } }) => found("negative-quantities", "note", lines, [], "returned items; netted with the day's sales");

const absurdQuantities: Check = ({ days: { absurdDays }, policy: { absurdFactor } }) =>
  found(
    "absurd-quantities",
    "warning",
    absurdDays.length,
    absurdDays.map(({ day, quantity }) => withQuantity({ day: fromEpochDay(day), quantity })),
    `days above ${absurdFactor} times the median of the selling days; left out`,
  );

const salesOnClosedDays: Check = ({ days: { soldWhileClosed } }) =>
  found(
    "sales-on-closed-days",
    "warning",
    soldWhileClosed.length,
    soldWhileClosed.map(fromEpochDay),
    "days with sales on which the shop was called closed; they count as open",
  );

const rowsBeforeHistory: Check = ({ demand: { daysBefore } }) =>
  found("rows-before-history", "note", daysBefore.length, daysBefore, "rows of days before the history that is learned from; left out");

const rowsAfterCutoff: Check = ({ demand: { daysAfter } }) => found("rows-after-cutoff", "note", daysAfter.length, daysAfter, "rows of days after the cutoff; left out");

const gaps: Check = ({ days: { openDays }, policy: { gapDaysMax } }) => {
  const holes = openDays.flatMap((day, i) => {
    const before = openDays[i - 1] ?? day;
    return day - before - 1 > gapDaysMax ? [`${fromEpochDay(before + 1)} to ${fromEpochDay(day - 1)}`] : [];
  });
  return found("gaps", "note", holes.length, holes, `holes of more than ${gapDaysMax} days without an open day; they count as closed`);
};

const staleData: Check = ({ days: { sellingDays }, cutoff, policy: { staleDaysMax } }) => {
  const last = sellingDays.at(-1);
  if (last === undefined || cutoff - last <= staleDaysMax) return null;
  return found("stale-data", "warning", cutoff - last, [fromEpochDay(last)], `days between the last sale and the cutoff; expected at most ${staleDaysMax}`);
};

const manyZeroDays: Check = ({ days: { demand }, policy: { zeroShareMax } }) => {
  const zeros = demand.filter((quantity) => quantity === 0).length;
  if (zeros <= zeroShareMax * demand.length) return null;
  return found("many-zero-days", "warning", zeros, [], `open days without a sale, ${percent(zeros / demand.length)} of all; expected at most ${percent(zeroShareMax)}`);
};

const soldOutDays: Check = ({ soldOut: { marked } }) =>
  found("sold-out-days", "note", marked.length, marked.map(fromEpochDay), "days marked as sold out; demand was at least what was sold");

const likelySoldOutDays: Check = ({ soldOut: { likely } }) =>
  found(
    "likely-sold-out-days",
    "warning",
    likely.length,
    likely.map(fromEpochDay),
    "days that look sold out: equal round totals in a row that no day around exceeds, or sales that stop early; they count as they are",
  );

const fewOpenDays: Check = ({ days: { openDays }, policy: { openDaysMin, openDaysRecommended } }) => {
  const came = `open days from the first sale to the cutoff are missing: got ${openDays.length}`;
  if (openDays.length < openDaysMin) return found("too-few-open-days", "error", openDaysMin - openDays.length, [], `${came}, needed ${openDaysMin}`);
  return found("few-open-days", "warning", openDaysRecommended - openDays.length, [], `${came}, recommended ${openDaysRecommended}`);
};

const noRecentSales: Check = ({ days: { sellingDays }, cutoff, policy: { recentSalesDays } }) => {
  const last = sellingDays.at(-1);
  if (last === undefined || cutoff - last < recentSalesDays) return null;
  return found("no-recent-sales", "error", cutoff - last, [fromEpochDay(last)], `days between the last sale and the cutoff; expected fewer than ${recentSalesDays}`);
};

const CHECKS: readonly Check[] = [
  unreadableRows,
  duplicateDays,
  negativeTotals,
  returnedLines,
  absurdQuantities,
  salesOnClosedDays,
  rowsBeforeHistory,
  rowsAfterCutoff,
  gaps,
  staleData,
  manyZeroDays,
  soldOutDays,
  likelySoldOutDays,
  fewOpenDays,
  noRecentSales,
];

/** None when nothing was counted. */
const found = (code: FindingCode, severity: Finding["severity"], count: number, examples: readonly string[], message: string): Finding | null =>
  count > 0 ? { code, severity, count, examples: firstFew(examples), message } : null;

const EXAMPLES_MAX = 5;
const firstFew = (examples: readonly string[]): string[] => examples.slice(0, EXAMPLES_MAX);

const withQuantity = ({ day, quantity }: { readonly day: BusinessDay; readonly quantity: number }): string => `${day}: ${quantity}`;
