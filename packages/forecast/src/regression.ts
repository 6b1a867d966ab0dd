/* oxlint-disable typescript/no-non-null-assertion -- column numbers come from the list of columns they index */
/**
 * Linear regression by ml-regression on calendar and weather columns of the shared design and on the recent level of
 * the same weekday. The lag is at least the horizon, so every value it reads is known at the cutoff.
 */
import { MultivariateLinearRegression } from "ml-regression";
import type { Column } from "./design.js";
import type { Ahead, History } from "./history.js";
import type { Outlook } from "./outlook.js";
import { outlookAround, residualQuantiles } from "./outlook.js";
import type { EpochDay } from "./series.js";
import type { RegressionSpec } from "./spec.js";
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
};

/** Weeks whose same weekday makes up the recent level. */
const LEVEL_WEEKS = 4;
/** Open days the regression learns from, at most: two years hold every season twice and keep a trial cheap. */
const DAYS_MAX = 730;

export const fitRegression = (spec: RegressionSpec, history: History): FittedRegression => {
  const { columns, matrix } = history.design();
  const { transform, z } = history.target(spec.transform);
  const { days } = history.open;
  const kept = columns.flatMap((column, i) => (isUsed(spec, column) ? [i] : []));
  const fallbackLevel = mean(z.subarray(-LEVEL_WEEKS * 7));
  const known = new Map(Array.from(days, (day, i) => [day, z[i]!]));
  const from = Math.max(0, days.length - DAYS_MAX);
  const rows: number[][] = [];
  for (let i = from; i < days.length; i += 1) {
    const row = kept.map((column) => matrix.values[column * matrix.n + i]!);
    row.push(recentLevel((day) => known.get(day), days[i]!, spec.lagDays) ?? fallbackLevel, 1);
    rows.push(row);
  }
  const targets = Array.from(z.subarray(from), (value) => [value]);
  const ridge = ridgeRows(kept.length, spec.ridgeDays, rows);
  const regression = new MultivariateLinearRegression([...rows, ...ridge], [...targets, ...ridge.map(() => [0])], { intercept: false, statistics: false });
  const weights = regression.weights.map(([weight]) => weight!);
  const residuals = Float64Array.from(rows, (row, i) => targets[i]![0]! - row.reduce((total, value, j) => total + value * weights[j]!, 0));
  const start = history.cutoff - spec.lagDays - 7 * LEVEL_WEEKS;
  return {
    family: "regression",
    transform,
    kept,
    weights,
    lagDays: spec.lagDays,
    recent: { start, z: Array.from({ length: history.cutoff - start + 1 }, (_, i) => known.get(start + i) ?? null) },
    fallbackLevel,
    residuals: residualQuantiles(residuals),
  };
};

export const projectRegression = (fitted: FittedRegression, ahead: Ahead): Outlook => {
  const { kept, weights } = fitted;
  const matrix = ahead.design();
  const centers = Float64Array.from(ahead.days, (day, i) => {
    const level = recentLevelOn(fitted, day);
    const calendar = kept.reduce((total, column, j) => total + matrix.values[column * matrix.n + i]! * weights[j]!, 0);
    return calendar + level * weights[kept.length]! + weights[kept.length + 1]!;
  });
  return outlookAround(centers, fitted.residuals, fitted.transform);
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

/** Ridge regression as least squares: one made-up day per column that asks for a coefficient of zero (Hoerl & Kennard 1970). */
const ridgeRows = (columns: number, ridgeDays: number, rows: readonly (readonly number[])[]): number[][] => {
  const width = columns + 2;
  return Array.from({ length: columns }, (_, j) => {
    const meanSquare = mean(rows.map((row) => row[j]! ** 2));
    const row = Array.from({ length: width }, () => 0);
    row[j] = Math.sqrt(ridgeDays * Math.max(meanSquare, 1e-6));
    return row;
  });
};
