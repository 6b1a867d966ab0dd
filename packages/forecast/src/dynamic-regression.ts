/* oxlint-disable typescript/no-non-null-assertion -- column numbers come from the list of columns they index */
/**
 * Ridge regression on the columns of the design whose errors are not independent but a level that wanders: "regression
 * with ARIMA errors" (Hyndman & Athanasopoulos, Forecasting: Principles and Practice, ch. 10) in innovations form.
 * Columns and demand pass the same filter, then one Cholesky solve. What follows the level is told from what moves it:
 * effects of weekdays, promotions and holidays come out cleaner, a season is believed only where the level agrees, and
 * a shift of level is followed without bends of a trend. Learned from a month already.
 */
import { combineColumns, momentsOf, principal } from "./additive/gram.js";
import { dot, solveInPlace } from "./additive/solve.js";
import { scaleOf } from "./column-priors.js";
import type { Ahead, History, News, TrainingDesign } from "./history.js";
import type { FilterState } from "./level-filter.js";
import { pullIn } from "./outliers.js";
import type { Outlook } from "./outlook.js";
import { outlookAround, scatterOf } from "./outlook.js";
import type { EpochDay } from "./series.js";
import { weekdayOf } from "./series.js";
import type { DynamicRegressionSpec } from "./spec.js";
import type { SpreadGrowth } from "./spread-growth.js";
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
  /** Of their spread; absent in models of schema version 2 and before. */
  readonly growth?: SpreadGrowth;
};

/** Scale of the level column, as in Prophet: generous. */
const LEVEL_SCALE = 5;
/** Rounds between coefficients and the variance that weighs their priors; it moves little after the second. */
const ROUNDS = 2;
/** A perfect fit has no noise left; without a floor the ridge would vanish with it. */
const VARIANCE_MIN = 1e-9;
const INNOVATION_DAYS = 365;

export const fitDynamicRegression = (spec: DynamicRegressionSpec, history: History): FittedDynamicRegression => {
  const design = history.design();
  const { transform, z } = history.target(spec.transform);
  const news = history.news(spec.filter);
  const first = follow(z, regress(spec, z, design, news), design, news);
  const believed = pullIn(z, first.innovations);
  const { kept, beta, level, weekdays, innovations } = believed === z ? first : follow(believed, regress(spec, believed, design, news, first.beta), design, news);
  return {
    family: "dynamic-regression",
    transform,
    kept,
    beta: [...beta],
    level,
    fade: spec.filter.fade,
    lastDay: history.open.days.at(-1) ?? history.cutoff,
    weekdays: [...weekdays],
    ...scatterOf(believed, innovations, INNOVATION_DAYS),
  };
};

type Regressed = { /** Numbers of the design's columns used. */ readonly kept: readonly number[]; readonly beta: Float64Array };

/** The level that what the columns do not explain wanders on, and what of each day it did not tell. The filter is linear, so this is also what the regression on the news left. */
const follow = (z: Float64Array, { kept, beta }: Regressed, design: TrainingDesign, { filtering }: News): Regressed & FilterState & { /** Shape (n). */ readonly innovations: Float64Array } => {
  const fitted = combineColumns(design.matrix, kept, beta);
  const innovations = new Float64Array(z.length);
  const state = filtering.run(fitted.map((value, i) => z[i]! - value), 0, innovations, 0);
  return { kept, beta, ...state, innovations };
};

/** @param z demand on the model's scale, shape (n) @param near coefficients of nearly the same demand, which tell the variance at once */
const regress = (spec: DynamicRegressionSpec, z: Float64Array, { columns }: TrainingDesign, { filtering, places, matrix, gram }: News, near?: Float64Array): Regressed => {
  const own = { level: LEVEL_SCALE, trend: spec.trendScale, changepoint: 0, "weekly-by-season": 0 };
  const all = columns.map((column) => scaleOf(spec, own, column));
  const kept = columns.flatMap((_, i) => (places[i]! >= 0 && all[i]! > 0 ? [i] : []));
  const used = kept.map((column) => places[column]!);
  const target = new Float64Array(z.length);
  filtering.run(z, 0, target, 0);
  const moments = momentsOf(matrix, target);
  const beta = solveRidge({
    n: z.length,
    gram: principal(gram, matrix.k, used),
    moments: Float64Array.from(used, (place) => moments[place]!),
    squares: dot(target, 0, target, 0, target.length),
    scales: kept.map((column) => all[column]!),
    start: near ?? null,
  });
  return { kept, beta };
};

type Ridge = { readonly n: number; readonly gram: Float64Array; readonly moments: Float64Array; readonly squares: number; readonly scales: readonly number[]; readonly start: Float64Array | null };

/** Coefficients and the variance that weighs their priors, in turn. Σ(z − Xβ)² = zᵀz − 2βᵀXᵀz + βᵀXᵀXβ, so no day is read again. */
const solveRidge = ({ n, gram, moments, squares, scales, start }: Ridge): Float64Array => {
  const size = scales.length;
  const system = new Float64Array(size * size);
  const beta = start?.slice() ?? new Float64Array(size);
  for (let round = start === null ? 0 : 1; round < ROUNDS; round += 1) {
    let error = squares;
    for (let i = 0; i < size; i += 1) error += beta[i]! * (dot(gram, i * size, beta, 0, size) - 2 * moments[i]!);
    const variance = Math.max(VARIANCE_MIN, error / Math.max(1, n));
    system.set(gram);
    for (let i = 0; i < size; i += 1) system[i * size + i] = system[i * size + i]! + variance / scales[i]! ** 2;
    beta.set(moments);
    solveInPlace(system, beta, size);
  }
  return beta;
};

export const projectDynamicRegression = (fitted: FittedDynamicRegression, ahead: Ahead): Outlook => {
  const explained = combineColumns(ahead.design(), fitted.kept, fitted.beta);
  const centers = Float64Array.from(ahead.days, (day, i) => explained[i]! + levelOn(fitted, day) + fitted.weekdays[weekdayOf(day)]!);
  return outlookAround(centers, fitted.residuals, fitted.transform, fitted.growth);
};

/** What is left of the level on a day ahead. */
export const levelOn = ({ level, fade, lastDay }: FittedDynamicRegression, day: EpochDay): number => level * fade ** (day - lastDay);
