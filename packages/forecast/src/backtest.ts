/**
 * Rolling-origin back-test (Tashman 2000): stand on a day in the past, see nothing after it, forecast, compare; then
 * again from an earlier day. A fold's days are the open days in (cutoff, cutoff + horizon].
 */
import type { Drivers } from "./drivers.js";
import { fitSpec, project } from "./families.js";
import type { Ahead, History } from "./history.js";
import { historyUntil } from "./history.js";
import { seasonalNaiveErrors } from "./metrics.js";
import type { Outlook } from "./outlook.js";
import { withoutSellOuts } from "./sell-outs.js";
import type { EpochDay, Series } from "./series.js";
import { lastOpenDayOf, openDaysBetween } from "./series.js";
import type { Spec } from "./spec.js";
import { isCount } from "./spec.js";

export type Plan = { readonly horizonDays: number; readonly folds: number; readonly stepDays: number };

/** One look back. `outlook` holds quantiles on `LEVELS`, shape (levels, days), before they are widened. */
export type Fold = {
  readonly cutoff: EpochDay;
  /** Days of history up to the cutoff, from the first open one. */
  readonly spanDays: number;
  readonly days: Int32Array;
  readonly actual: Float64Array;
  readonly outlook: Outlook;
  /** In-sample errors of the seasonal naive forecast up to the cutoff, NaN where there are none. */
  readonly naive: { readonly absolute: number; readonly squared: number };
};

export type Backtest = {
  readonly folds: readonly Fold[];
  /** Whether the outlooks are those of a count, in whole units; of demand as a continuous quantity when absent. */
  readonly isCount?: boolean;
};

/** A fold without its forecast: what every spec is judged on, with derivations that all of them share. */
export type OpenFold = Omit<Fold, "outlook"> & { readonly history: History; readonly ahead: Ahead };

/** Open days before a cutoff below which there is nothing to learn from: two weeks show each weekday twice. */
const TRAINING_DAYS_MIN = 14;
/** Steps to look back for folds with open days; a shop may have been closed for half a year. */
const STEPS_MAX = 40;

/** @returns one fold per usable cutoff, oldest first; none when the history is too short to look back */
export const openFolds = (series: Series, drivers: Drivers, { horizonDays, folds, stepDays }: Plan): OpenFold[] => {
  const last = lastOpenDayOf(series);
  const found: OpenFold[] = [];
  for (let step = 0; step < STEPS_MAX && found.length < folds; step += 1) {
    const cutoff = last - horizonDays - step * stepDays;
    if (cutoff < series.start) break;
    const next = found.length + 1;
    const history = historyUntil(series, drivers, cutoff, () => found[next]?.history);
    if (history.open.days.length < TRAINING_DAYS_MIN) break;
    const { days, y: actual } = withoutSellOuts(openDaysBetween(series, cutoff + 1, cutoff + horizonDays), series.soldOut);
    if (days.length === 0) continue;
    found.push({ cutoff, spanDays: cutoff - (history.open.days[0] ?? cutoff) + 1, days, actual, history, ahead: history.ahead(days), naive: seasonalNaiveErrors(history.open.days, history.open.y) });
  }
  return found.toReversed();
};

export const backtest = (spec: Spec, series: Series, drivers: Drivers, plan: Plan): Backtest => ({
  ...(isCount(spec) ? { isCount: true } : {}),
  folds: openFolds(series, drivers, plan).map((fold) => closeFold(fold, outlookOf(spec, fold))),
});

/** What a spec, fitted on the days before the cutoff, says about the days after it. */
export const outlookOf = (spec: Spec, { history, ahead }: OpenFold): Outlook => project(fitSpec(spec, history), ahead);

export const closeFold = ({ cutoff, spanDays, days, actual, naive }: OpenFold, outlook: Outlook): Fold => ({ cutoff, spanDays, days, actual, naive, outlook });
