/* oxlint-disable typescript/no-non-null-assertion -- all arrays have one value per open day; weekdays are 0 to 6 */
/**
 * Exponential smoothing on a decomposition into week and rest: the weekday's departures are smoothed along the weeks
 * (STL's cycle-subseries; Cleveland et al. 1990), and what is left follows a level with a damped trend (Gardner &
 * McKenzie 1985). Unlike plain smoothing it looks at a day's neighbours on both sides before it says what is the week.
 */
import { decompose } from "./decomposition.js";
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

/** Open days on either side that the course of a day is told from. */
const COURSE_DAYS = 10;
/** Open days whose mean the level starts from. */
const START_DAYS = 21;
/** Of the level's weight: the trend is followed more slowly. */
const TREND_SHARE = 0.1;
const INNOVATION_DAYS = 365;

export const fitDecomposedSmoothing = (spec: DecomposedSmoothingSpec, history: History): FittedDecomposedSmoothing => {
  const { transform, z } = history.target(spec.transform);
  const weekdays = history.open.days.map(weekdayOf);
  const { week } = decompose(z, weekdays, { weeks: spec.weeks, days: COURSE_DAYS });
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

const followed = (values: Float64Array, { levelWeight, damping }: DecomposedSmoothingSpec) => {
  let level = mean(values.subarray(0, START_DAYS));
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
export const levelAhead = ({ level, trend, damping, lastDay }: FittedDecomposedSmoothing, day: EpochDay): number =>
  level + (trend * (1 - damping ** (day - lastDay))) / (1 - damping);

export const projectDecomposedSmoothing = (fitted: FittedDecomposedSmoothing, days: Int32Array): Outlook => {
  const centers = Float64Array.from(days, (day) => levelAhead(fitted, day) + fitted.weekdays[weekdayOf(day)]!);
  return outlookAround(centers, fitted.residuals, fitted.transform);
};
