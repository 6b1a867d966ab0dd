/* oxlint-disable typescript/no-non-null-assertion -- column numbers come from the list of columns they index */
/**
 * Ridge regression on the columns of the design whose errors are not independent but a level that wanders: "regression
 * with ARIMA errors" (Hyndman & Athanasopoulos, Forecasting: Principles and Practice, ch. 10) in innovations form.
 * Columns and demand pass the same filter, then one Cholesky solve. What follows the level is told from what moves it:
 * effects of weekdays, promotions and holidays come out cleaner, a season is believed only where the level agrees, and
 * a shift of level is followed without bends of a trend. Learned from a month already.
 */
import { combineColumns, momentsOf } from "./additive/gram.js";
import { solveInPlace } from "./additive/solve.js";
import type { Column } from "./design.js";
import type { Ahead, History } from "./history.js";
import type { Outlook } from "./outlook.js";
import { outlookAround, residualQuantiles } from "./outlook.js";
import type { EpochDay } from "./series.js";
import { weekdayOf } from "./series.js";
import type { DynamicRegressionSpec } from "./spec.js";
import type { Transform } from "./transform.js";

export type FittedDynamicRegression = {
  readonly family: "dynamic-regression";
  readonly transform: Transform;
  /** Numbers of the design's columns used, and their coefficients in the model's scale. */
  readonly kept: readonly number[];
  readonly beta: readonly number[];
  /** What the columns do not explain: `level · fade ** (day − lastDay)`, and each weekday's departure, Monday first. */
  readonly level: number;
  readonly fade: number;
  readonly lastDay: EpochDay;
  readonly weekdays: readonly number[];
  readonly residuals: readonly number[];
};

/** Scale of the level column, as in Prophet: generous. */
const LEVEL_SCALE = 5;
/** Rounds between coefficients and the variance that weighs their priors; it moves little after the second. */
const ROUNDS = 3;
/** A perfect fit has no noise left; without a floor the ridge would vanish with it. */
const VARIANCE_MIN = 1e-9;
const INNOVATION_DAYS = 365;

export const fitDynamicRegression = (spec: DynamicRegressionSpec, history: History): FittedDynamicRegression => {
  const { columns, matrix } = history.design();
  const { transform, z } = history.target(spec.transform);
  const { filtering, places, matrix: news, gram } = history.news(spec.filter);
  const kept = columns.flatMap((column, i) => (places[i]! >= 0 && scaleOf(spec, column) > 0 ? [i] : []));
  const used = kept.map((column) => places[column]!);
  const scales = kept.map((column) => scaleOf(spec, columns[column]!));
  const target = new Float64Array(z.length);
  filtering.run(z, 0, target, 0);
  const moments = momentsOf(news, target);
  const size = kept.length;
  const rightSide = Float64Array.from(used, (place) => moments[place]!);
  let beta = new Float64Array(size);
  for (let round = 0; round < ROUNDS; round += 1) {
    const explained = combineColumns(news, used, beta);
    const variance = Math.max(VARIANCE_MIN, target.reduce((total, value, i) => total + (value - explained[i]!) ** 2, 0) / Math.max(1, z.length));
    const system = new Float64Array(size * size);
    for (let i = 0; i < size; i += 1) {
      for (let j = 0; j <= i; j += 1) system[i * size + j] = gram[used[i]! * news.k + used[j]!]!;
      system[i * size + i] = system[i * size + i]! + variance / scales[i]! ** 2;
    }
    beta = rightSide.slice();
    solveInPlace(system, beta, size);
  }
  const fitted = combineColumns(matrix, kept, beta);
  const innovations = new Float64Array(z.length);
  const { level, weekdays } = filtering.run(z.map((value, i) => value - fitted[i]!), 0, innovations, 0);
  return {
    family: "dynamic-regression",
    transform,
    kept,
    beta: [...beta],
    level,
    fade: spec.filter.fade,
    lastDay: history.open.days.at(-1) ?? history.cutoff,
    weekdays: [...weekdays],
    residuals: residualQuantiles(innovations.subarray(-INNOVATION_DAYS)),
  };
};

export const projectDynamicRegression = (fitted: FittedDynamicRegression, ahead: Ahead): Outlook => {
  const explained = combineColumns(ahead.design(), fitted.kept, fitted.beta);
  const centers = Float64Array.from(ahead.days, (day, i) => explained[i]! + levelOn(fitted, day) + fitted.weekdays[weekdayOf(day)]!);
  return outlookAround(centers, fitted.residuals, fitted.transform);
};

/** What is left of the level on a day ahead. */
export const levelOn = ({ level, fade, lastDay }: FittedDynamicRegression, day: EpochDay): number => level * fade ** (day - lastDay);

/** How far a column's coefficient may stray from zero; 0 leaves it out. */
const scaleOf = (spec: DynamicRegressionSpec, { group, order }: Column): number => {
  switch (group) {
    case "level":
      return LEVEL_SCALE;
    case "trend":
      return spec.trendScale;
    case "changepoint":
      return 0;
    case "weekly":
      return spec.weeklyScale;
    case "weekly-by-season":
      return spec.weeklyBySeasonScale;
    case "yearly":
      return order <= spec.yearlyOrder ? spec.yearlyScale / order : 0;
    case "special":
      return spec.specialScale;
    case "own-special":
      return spec.ownSpecialScale;
    case "regressor":
      return spec.regressorScale;
    case "regressor-by-weekday":
      return spec.regressorByWeekdayScale;
  }
};
