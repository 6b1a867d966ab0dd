/* oxlint-disable typescript/no-non-null-assertion -- weekdays are 0 to 6 and the profile has seven */
/**
 * A weekday profile around an exponentially smoothed level: ETS with additive error and season and no trend (Hyndman
 * et al. 2008), on a transformed scale, with closed days left out and outliers pulled in. Learned from a month already.
 */
import type { History } from "./history.js";
import type { Outlook } from "./outlook.js";
import { outlookAround, residualQuantiles } from "./outlook.js";
import { weekdayOf } from "./series.js";
import type { SmoothingSpec } from "./spec.js";
import type { Transform } from "./transform.js";
import { mean } from "./vector.js";

export type FittedSmoothing = {
  readonly family: "smoothing";
  readonly transform: Transform;
  readonly level: number;
  /** Departure of each weekday from the level, Monday first, in the model's scale. */
  readonly weekdays: readonly number[];
  readonly residuals: readonly number[];
};

/** Open days from which the first profile is taken: eight weeks tell weekdays apart. */
const START_DAYS = 56;
/** Days of its weekday that a departure needs to be believed half. */
const SHRINKAGE_DAYS = 1;
/** A surprise counts up to so many times the mean absolute one (about 2.4 standard deviations). */
const SURPRISE_MAX = 3;
/** Weight of the newest surprise in their mean absolute size. */
const SURPRISE_WEIGHT = 0.03;
const INNOVATION_DAYS = 365;

export const fitSmoothing = (spec: SmoothingSpec, history: History): FittedSmoothing => {
  const { transform, z } = history.target(spec.transform);
  const { days } = history.open;
  const start = z.subarray(0, START_DAYS);
  let level = mean(start);
  const profile = startProfile(days, start, level);
  let surprise = mean(start.map((value, i) => Math.abs(value - level - profile[weekdayOf(days[i]!)]!)));
  const innovations = new Float64Array(z.length);
  for (let i = 0; i < z.length; i += 1) {
    const weekday = weekdayOf(days[i]!);
    const innovation = z[i]! - level - profile[weekday]!;
    innovations[i] = innovation;
    const believed = Math.max(-SURPRISE_MAX * surprise, Math.min(SURPRISE_MAX * surprise, innovation));
    level += spec.levelWeight * believed;
    profile[weekday] = profile[weekday]! + spec.weekdayWeight * believed;
    surprise += SURPRISE_WEIGHT * (Math.abs(innovation) - surprise);
  }
  return { family: "smoothing", transform, level, weekdays: [...profile], residuals: residualQuantiles(innovations.subarray(-INNOVATION_DAYS)) };
};

const startProfile = (days: Int32Array, start: Float64Array, level: number): Float64Array => {
  const totals = new Float64Array(7);
  const counts = new Float64Array(7);
  for (let i = 0; i < start.length; i += 1) {
    const weekday = weekdayOf(days[i]!);
    totals[weekday] = totals[weekday]! + start[i]! - level;
    counts[weekday] = counts[weekday]! + 1;
  }
  return totals.map((total, weekday) => total / (counts[weekday]! + SHRINKAGE_DAYS));
};

export const projectSmoothing = (fitted: FittedSmoothing, days: Int32Array): Outlook => {
  const centers = Float64Array.from(days, (day) => fitted.level + fitted.weekdays[weekdayOf(day)]!);
  return outlookAround(centers, fitted.residuals, fitted.transform);
};
