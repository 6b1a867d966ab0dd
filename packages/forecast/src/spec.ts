/** A model not yet fitted: its family and hyperparameters. Plain data, kept with every model and reused for warm starts. */
import type { ColumnScales } from "./column-priors.js";
import type { CrostonMethod } from "./croston.js";
import type { ColumnGroup } from "./design.js";
import type { LevelFilter } from "./level-filter.js";
import type { TransformName } from "./transform.js";

/** The floor: each day as its weekday was last. */
export type SeasonalNaiveSpec = { readonly family: "seasonal-naive" };

/** Each day as the mean of its weekday over the last `weeks` weeks. */
export type WeekdayMeanSpec = { readonly family: "weekday-mean"; readonly weeks: number };

/** A weekday profile around an exponentially smoothed level; weights in (0, 1), the share that one day's news changes. */
export type SmoothingSpec = {
  readonly family: "smoothing";
  readonly transform: TransformName;
  readonly levelWeight: number;
  readonly weekdayWeight: number;
};

/** Smoothing with a damped trend of what remains once the week, told from its neighbouring weeks, is taken off. */
export type DecomposedSmoothingSpec = {
  readonly family: "decomposed-smoothing";
  readonly transform: TransformName;
  readonly levelWeight: number;
  /** Share of the trend that is left a day later, in [0, 1). */
  readonly damping: number;
  /** Weeks on either side that a weekday's departure is told from. */
  readonly weeks: number;
};

/** Linear regression on calendar, weather and the same weekday's recent level, `lagDays` and more before. */
export type RegressionSpec = {
  readonly family: "regression";
  readonly transform: TransformName;
  readonly lagDays: number;
  readonly yearlyOrder: number;
  readonly usesRegressors: boolean;
  /** Ridge on the standardised columns, in open days. */
  readonly ridgeDays: number;
};

/** How the mean of the last residuals is carried forward. */
export type LevelCorrection = {
  /** Share of the newest residual in the exponentially weighted mean; 0 = no correction. */
  readonly weight: number;
  /** Share of the correction that is left a day later. */
  readonly fade: number;
  /** The same share for the residuals of one weekday, which does not fade; weekdays do not change when absent. */
  readonly weekdayWeight?: number;
};

/** What the additive model counts beside its trend. */
export type TermGroup = Exclude<ColumnGroup, "level" | "trend" | "changepoint">;

/** Prophet's model: each scale is how far its coefficients may stray from zero, in shares of the largest demand; 0 leaves them out. */
export type AdditiveSpec = ColumnScales & {
  readonly family: "additive";
  readonly transform: TransformName;
  /** τ of the Laplace prior on slope changes. */
  readonly changepointScale: number;
  readonly weeklyBySeasonScale: number;
  readonly correction: LevelCorrection;
  /** Terms that are shares of the trend instead of sums beside it, Prophet's `mode="multiplicative"`; none when absent. Their scales are shares of the trend then. */
  readonly multiplicative?: readonly TermGroup[];
  /** Days after which a past day counts half; all days count alike when absent. */
  readonly halfLifeDays?: number;
};

/** Regression around a wandering level, with the priors of the additive model but without bends. */
export type DynamicRegressionSpec = ColumnScales & {
  readonly family: "dynamic-regression";
  readonly transform: TransformName;
  readonly filter: LevelFilter;
  readonly trendScale: number;
};

/** The distribution of past days, recent days and days of the same weekday counting more. */
export type EmpiricalSpec = {
  readonly family: "empirical";
  /** Days after which a past day counts half. */
  readonly halfLifeDays: number;
  /** Weight of another weekday's day against one of the same weekday, in [0, 1]. */
  readonly otherWeekdayWeight: number;
};

/** A count around a smoothed rate, for demand that comes now and then. */
export type CountSpec = {
  readonly family: "count";
  readonly method: CrostonMethod;
  /** Of the newest demand in the smoothed rate, in (0, 1). */
  readonly weight: number;
};

export type SingleSpec =
  | SeasonalNaiveSpec
  | WeekdayMeanSpec
  | SmoothingSpec
  | DecomposedSmoothingSpec
  | RegressionSpec
  | AdditiveSpec
  | DynamicRegressionSpec
  | EmpiricalSpec
  | CountSpec;

/** The mean of its members' quantiles, level by level, or of their probabilities; weighted by `weights`, which sum to 1, where there are any. */
export type CombinationSpec = {
  readonly family: "combination";
  readonly members: readonly SingleSpec[];
  readonly weights?: readonly number[];
  /** Whether demand is so few units a day that the probabilities of each count are averaged; the quantiles are when absent. */
  readonly isCount?: boolean;
};

export type Spec = SingleSpec | CombinationSpec;

/** Whether what is fitted to it forecasts whole units, by the probabilities of each count. */
export const isCount = (spec: Spec): boolean => spec.family === "combination" && spec.isCount === true;
export type Family = Spec["family"];
