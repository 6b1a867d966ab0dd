/* oxlint-disable typescript/no-non-null-assertion -- column numbers come from the list of columns they index */
/**
 * Linear regression by ml-regression on calendar and weather columns of the shared design and on the recent level of
 * the same weekday. The lag is at least the horizon, so every value it reads is known at the cutoff.
 */
import { MultivariateLinearRegression } from "ml-regression";
import { combineColumns, gramOf } from "./additive/gram.js";
import { factorise } from "./additive/solve.js";
import type { Column } from "./design.js";
import type { Ahead, History } from "./history.js";
import type { Outlook } from "./outlook.js";
import { outlookAround, scatterOf } from "./outlook.js";
import type { EpochDay } from "./series.js";
import type { RegressionSpec } from "./spec.js";
import type { SpreadGrowth } from "./spread-growth.js";
import type { Transform } from "./transform.js";
import { mean } from "./vector.js";

export type FittedRegression = {
  readonly family: "regression";
  readonly transform: Transform;
  /** Numbers of the design's columns used. */
  readonly kept: readonly number[];
  /** Of the kept columns, then of the recent level, then the intercept. */
  readonly weights: readonly number[];
  readonly lagDays: number;
  /** The last days on the model's scale, from which the recent level of the days ahead is read; null = closed. */
  readonly recent: { readonly start: EpochDay; readonly z: readonly (number | null)[] };
  /** Recent level where none of the lagged days was open. */
  readonly fallbackLevel: number;
  readonly residuals: readonly number[];
  /** Of their spread; absent in models of schema version 2 and before. */
  readonly growth?: SpreadGrowth;
};

/** Weeks whose same weekday makes up the recent level. */
const LEVEL_WEEKS = 4;
/** Open days the regression learns from, at most: a year holds every season, and habits of years ago do not count. */
const DAYS_MAX = 365;
/** And at least, if need be with a mean as the level of the first ones. */
const DAYS_MIN = 56;
/** Ridge that draws the coefficient of the recent level towards one, in open days: with little history the level is believed. */
const LEVEL_RIDGE_DAYS = 20;

export const fitRegression = (spec: RegressionSpec, history: History): FittedRegression => {
  const { columns, matrix } = history.design();
  const { transform, z } = history.target(spec.transform);
  const { days } = history.open;
  const kept = columns.flatMap((column, i) => (isUsed(spec, column) ? [i] : []));
  const fallbackLevel = mean(z.subarray(-LEVEL_WEEKS * 7));
  const zOn = lookUp(days, z);
  // The first days have no level behind them and tell nothing of departures from it.
  const levelled = days.findIndex((day) => day >= days[0]! + spec.lagDays + 7 * (LEVEL_WEEKS - 1));
  const from = Math.max(0, Math.min(days.length - DAYS_MIN, levelled), days.length - DAYS_MAX);
  const n = days.length - from;
  const levels = new Float64Array(n);
  for (let i = 0; i < n; i += 1) levels[i] = recentLevel(zOn, days[from + i]!, spec.lagDays) ?? fallbackLevel;
  const recentColumns = kept.map((column) => matrix.values.subarray(column * matrix.n + from, (column + 1) * matrix.n));
  const weights = leastSquares([...recentColumns, levels], levels.map((level, i) => z[from + i]! - level), [...kept.map(() => spec.ridgeDays), LEVEL_RIDGE_DAYS]);
  // Fitted was what the level does not tell; with it the level counts for one more.
  weights[kept.length] = weights[kept.length]! + 1;
  const calendar = combineColumns(matrix, kept, weights, n);
  const residuals = levels.map((level, i) => z[from + i]! - (calendar[i]! + level * weights[kept.length]! + weights[kept.length + 1]!));
  const start = history.cutoff - spec.lagDays - 7 * LEVEL_WEEKS;
  return {
    family: "regression",
    transform,
    kept,
    weights,
    lagDays: spec.lagDays,
    recent: { start, z: Array.from({ length: history.cutoff - start + 1 }, (_, i) => zOn(start + i) ?? null) },
    fallbackLevel,
    ...scatterOf(z.subarray(from), residuals, DAYS_MAX),
  };
};

/**
 * Ridge regression with an intercept that is free (Hoerl & Kennard 1970). The normal equations' Cholesky factor has the
 * same least squares solution as the n days. Its last rows are the regression on level and intercept of what the
 * calendar leaves of everything (Frisch & Waugh 1933; Lovell 1963): that is ml-regression's; the rest follows row by row.
 *
 * @param columns shape (k, n), the recent level last @param target shape (n) @param ridgeDays of each column, in days of its mean square
 * @returns shape (k + 1), the intercept last
 */
const leastSquares = (columns: readonly Float64Array[], target: Float64Array, ridgeDays: readonly number[]): number[] => {
  const n = target.length;
  const k = columns.length + 2;
  const centers = columns.map(mean);
  const values = new Float64Array(n * k);
  for (const [j, column] of columns.entries()) {
    for (let i = 0; i < n; i += 1) values[j * n + i] = column[i]! - centers[j]!;
  }
  values.fill(1, (k - 2) * n, (k - 1) * n);
  values.set(target, (k - 1) * n);
  const factor = gramOf({ n, k, values });
  for (const [j, days] of ridgeDays.entries()) factor[j * k + j] = factor[j * k + j]! * (1 + days / n) + RIDGE_MIN;
  factorise(factor, k);
  const last = [k - 3, k - 2];
  const triangle = last.map((row) => last.map((column) => (column < row ? 0 : factor[column * k + row]!)));
  const right = last.map((row) => [factor[(k - 1) * k + row]!]);
  const weights = new Float64Array(k - 1);
  for (const [i, [weight]] of new MultivariateLinearRegression(triangle, right, { intercept: false, statistics: false }).weights.entries()) weights[k - 3 + i] = weight!;
  for (let row = k - 4; row >= 0; row -= 1) {
    let rest = factor[(k - 1) * k + row]!;
    for (let column = row + 1; column < k - 1; column += 1) rest -= factor[column * k + row]! * weights[column]!;
    weights[row] = rest / factor[row * k + row]!;
  }
  weights[k - 2] = weights[k - 2]! - centers.reduce((total, center, j) => total + center * weights[j]!, 0);
  return [...weights];
};
/** On the diagonal, so that a column of zeros gets a coefficient of zero. */
const RIDGE_MIN = 1e-6;

/** Demand of an open day; undefined for a closed one. */
const lookUp = (days: Int32Array, z: Float64Array): ((day: EpochDay) => number | undefined) => {
  const first = days[0] ?? 0;
  const dense = new Float64Array((days.at(-1) ?? first) - first + 1).fill(Number.NaN);
  for (let i = 0; i < days.length; i += 1) dense[days[i]! - first] = z[i]!;
  return (day) => {
    const value = dense[day - first];
    return value === undefined || Number.isNaN(value) ? undefined : value;
  };
};

export const projectRegression = (fitted: FittedRegression, ahead: Ahead): Outlook => {
  const { kept, weights } = fitted;
  const calendar = combineColumns(ahead.design(), kept, weights);
  const centers = calendar.map((value, i) => {
    const level = recentLevelOn(fitted, ahead.days[i]!);
    return value + level * weights[kept.length]! + weights[kept.length + 1]!;
  });
  return outlookAround(centers, fitted.residuals, fitted.transform, fitted.growth);
};

/** The recent level of a day ahead. */
export const recentLevelOn = ({ recent, lagDays, fallbackLevel }: FittedRegression, day: EpochDay): number => {
  const lastDay = recent.start + recent.z.length - 1;
  // Beyond the horizon it was fitted for, the level is read further back instead of from days not yet known.
  const lag = Math.max(lagDays, 7 * Math.ceil((day - lastDay) / 7));
  return recentLevel((lagged) => recent.z[lagged - recent.start] ?? undefined, day, lag) ?? fallbackLevel;
};

const isUsed = (spec: RegressionSpec, { group, order }: Column): boolean => {
  switch (group) {
    case "weekly":
    case "special":
    case "occasion":
    case "monthly":
    case "closure":
      return true;
    case "yearly":
      return order <= spec.yearlyOrder;
    case "regressor":
      return spec.usesRegressors;
    case "level":
    case "trend":
    case "changepoint":
    case "weekly-by-season":
    case "own-special":
    case "regressor-by-weekday":
      return false;
  }
};

/** Mean of the same weekday over `LEVEL_WEEKS` weeks, the latest `lagDays` before; undefined where all were closed. */
const recentLevel = (zOn: (day: EpochDay) => number | undefined, day: EpochDay, lagDays: number): number | undefined => {
  let total = 0;
  let count = 0;
  for (let week = 0; week < LEVEL_WEEKS; week += 1) {
    const z = zOn(day - lagDays - 7 * week);
    if (z === undefined) continue;
    total += z;
    count += 1;
  }
  return count === 0 ? undefined : total / count;
};
