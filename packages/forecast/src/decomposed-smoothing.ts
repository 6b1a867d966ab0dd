/* oxlint-disable typescript/no-non-null-assertion -- all arrays have one value per open day; weekdays are 0 to 6 */
/**
 * Exponential smoothing on a decomposition into week and rest: the weekday's departures are smoothed along the weeks
 * (STL's cycle-subseries; Cleveland et al. 1990), and what is left follows a level with a damped trend (Gardner &
 * McKenzie 1985). Unlike plain smoothing it looks at a day's neighbours on both sides before it says what is the week.
 */
import type { History } from "./history.js";
import type { Outlook } from "./outlook.js";
import { outlookAround, residualQuantiles } from "./outlook.js";
import type { EpochDay } from "./series.js";
import { weekdayOf } from "./series.js";
import type { DecomposedSmoothingSpec } from "./spec.js";
import type { Transform } from "./transform.js";
import { mean } from "./vector.js";

export type FittedDecomposedSmoothing = {
  readonly family: "decomposed-smoothing";
  readonly transform: Transform;
  readonly level: number;
  /** Change of the level on the first day ahead; `damping` of it is left a day later. */
  readonly trend: number;
  readonly damping: number;
  readonly lastDay: EpochDay;
  /** Departure of each weekday from the level in the last weeks, Monday first, in the model's scale. */
  readonly weekdays: readonly number[];
  readonly residuals: readonly number[];
};

/** Rounds between week and course: STL's inner loop; the third changes nothing any more. */
const ROUNDS = 2;
/** Open days on either side that the course of a day is told from. */
const COURSE_DAYS = 10;
/** Of the level's weight: the trend is followed more slowly. */
const TREND_SHARE = 0.1;
const INNOVATION_DAYS = 365;

export const fitDecomposedSmoothing = (spec: DecomposedSmoothingSpec, history: History): FittedDecomposedSmoothing => {
  const { transform, z } = history.target(spec.transform);
  const weekdays = history.open.days.map(weekdayOf);
  const week = weekOf(z, weekdays, spec.weeks);
  const { level, trend, innovations } = followed(z.map((value, i) => value - week[i]!), spec);
  const latest = Array.from({ length: 7 }, (_, weekday) => week[weekdays.lastIndexOf(weekday)] ?? 0);
  return {
    family: "decomposed-smoothing",
    transform,
    level,
    trend,
    damping: spec.damping,
    lastDay: history.open.days.at(-1) ?? history.cutoff,
    weekdays: latest,
    residuals: residualQuantiles(innovations.subarray(-INNOVATION_DAYS)),
  };
};

/** What of each day is its weekday's, shape (n). */
const weekOf = (z: Float64Array, weekdays: Int32Array, weeks: number): Float64Array => {
  let course: Float64Array = new Float64Array(z.length).fill(mean(z));
  let week: Float64Array = new Float64Array(z.length);
  for (let round = 0; round < ROUNDS; round += 1) {
    week = alongWeeks(z.map((value, i) => value - course[i]!), weekdays, weeks);
    const own = week;
    course = smoothed(z.map((value, i) => value - own[i]!), COURSE_DAYS);
  }
  return week;
};

/** Each weekday's values smoothed along its own weeks. */
const alongWeeks = (values: Float64Array, weekdays: Int32Array, weeks: number): Float64Array => {
  const result = new Float64Array(values.length);
  const rows = new Int32Array(values.length);
  for (let weekday = 0; weekday < 7; weekday += 1) {
    let count = 0;
    for (let row = 0; row < values.length; row += 1) {
      if (weekdays[row] !== weekday) continue;
      rows[count] = row;
      count += 1;
    }
    const own = smoothed(Float64Array.from({ length: count }, (_, i) => values[rows[i]!]!), weeks);
    for (let i = 0; i < count; i += 1) result[rows[i]!] = own[i]!;
  }
  return result;
};

/** Local means with tricube weights that end `reach` places away (loess of degree zero; Cleveland 1979). */
const smoothed = (values: Float64Array, reach: number): Float64Array => {
  const weights = Float64Array.from({ length: reach + 1 }, (_, distance) => (1 - (distance / (reach + 1)) ** 3) ** 3);
  const result = new Float64Array(values.length);
  for (let i = 0; i < values.length; i += 1) {
    let total = 0;
    let weight = 0;
    const last = Math.min(values.length - 1, i + reach);
    for (let j = Math.max(0, i - reach); j <= last; j += 1) {
      const w = weights[j < i ? i - j : j - i]!;
      total += w * values[j]!;
      weight += w;
    }
    result[i] = total / weight;
  }
  return result;
};

const followed = (values: Float64Array, { levelWeight, damping }: DecomposedSmoothingSpec) => {
  let level = mean(values.subarray(0, 2 * COURSE_DAYS));
  let trend = 0;
  const innovations = values.map((value) => {
    const innovation = value - level - damping * trend;
    level += damping * trend + levelWeight * innovation;
    trend = damping * trend + TREND_SHARE * levelWeight * innovation;
    return innovation;
  });
  return { level, trend: damping * trend, innovations };
};

/** What the level has come to on a day ahead: trend · (1 + damping + damping² + …), day by day. */
export const levelAhead = ({ level, trend, damping, lastDay }: FittedDecomposedSmoothing, day: EpochDay): number => level + (trend * (1 - damping ** (day - lastDay))) / (1 - damping);

export const projectDecomposedSmoothing = (fitted: FittedDecomposedSmoothing, days: Int32Array): Outlook => {
  const centers = Float64Array.from(days, (day) => levelAhead(fitted, day) + fitted.weekdays[weekdayOf(day)]!);
  return outlookAround(centers, fitted.residuals, fitted.transform);
};
