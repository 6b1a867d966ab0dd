/** A back-test day by day, with the quantiles that would have been served. */
import type { Backtest } from "./backtest.js";
import { learnWidening, widen } from "./conformal.js";
import { quantileAt, type Outlook } from "./outlook.js";
import type { EpochDay } from "./series.js";

/** `values[i][j]`: quantile `levels[i]` of day `days[j]`, whose demand was `actual[j]`. */
export type ServedFold = { readonly cutoff: EpochDay; readonly days: Int32Array; readonly actual: Float64Array; readonly values: readonly Float64Array[] };

/** Oldest first. */
export const foldsAsServed = (backtest: Backtest, levels: readonly number[]): ServedFold[] =>
  servedOutlooks(backtest).map((outlook, i) => {
    const { cutoff, days, actual } = backtest.folds[i] ?? { cutoff: 0, days: new Int32Array(), actual: new Float64Array() };
    return { cutoff, days, actual, values: levels.map((level) => quantileAt(outlook, level)) };
  });

/** Each fold's outlook, widened by what the *other* folds teach, so that coverage is earned, not arranged. */
export const servedOutlooks = ({ folds, ...kind }: Backtest): Outlook[] =>
  folds.map((fold) => widen(fold.outlook, learnWidening({ ...kind, folds: folds.filter((other) => other !== fold) }), (i) => (fold.days[i] ?? fold.cutoff) - fold.cutoff));
