/* oxlint-disable typescript/no-non-null-assertion -- weekdays are 0 to 6 and each table has seven rows */
/**
 * Intermittent and low demand as a count: a rate by Croston's method or one of its heirs, a weekday profile shrunk
 * towards none, and a negative binomial around it. Its quantiles are whole numbers of what is sold.
 */
import { demandRate } from "./croston.js";
import type { History } from "./history.js";
import { countQuantiles } from "./negative-binomial.js";
import type { Outlook } from "./outlook.js";
import { LEVELS } from "./outlook.js";
import { unitOf } from "./sales-unit.js";
import { weekdayOf } from "./series.js";
import type { CountSpec } from "./spec.js";
import { mean, sum } from "./vector.js";

export type FittedCount = {
  readonly family: "count";
  /** Shape (7, levels), Monday first, in the series' unit. */
  readonly weekdays: readonly (readonly number[])[];
};

/** Open days that tell weekdays and scatter: half a year. */
const RECENT_DAYS = 182;
/** Days of its weekday, at the usual rate, that a weekday's own rate is drawn by towards the usual one. */
const SHRINKAGE_DAYS = 6;
/** Scatter is told from at least so much demand; the less there is, the more it is taken for a Poisson count. */
const SCATTER_DEMAND = 10;

export const fitCount = ({ method, weight }: CountSpec, history: History): FittedCount => {
  const unit = unitOf(history.open.y);
  const counts = history.open.y.map((y) => y / unit);
  const rate = demandRate(method, counts, weight);
  const recent = counts.subarray(-RECENT_DAYS);
  const weekdays = history.open.days.subarray(-RECENT_DAYS).map(weekdayOf);
  const usual = mean(recent);
  const rates = Array.from({ length: 7 }, (_, weekday) => {
    const own = recent.filter((_count, i) => weekdays[i] === weekday);
    return usual > 0 ? (rate * (sum(own) + SHRINKAGE_DAYS * usual)) / ((own.length + SHRINKAGE_DAYS) * usual) : rate;
  });
  const overdispersion = overdispersionOf(recent, recent.map((_, i) => (rate > 0 ? (rates[weekdays[i]!]! * usual) / rate : 0)));
  return { family: "count", weekdays: rates.map((each) => countQuantiles(each, overdispersion, LEVELS).map((count) => count * unit)) };
};

/** By moments: what the squared errors have beyond a Poisson count's, in shares of the squared means. */
const overdispersionOf = (counts: Float64Array, means: Float64Array): number => {
  const excess = sum(counts.map((count, i) => (count - means[i]!) ** 2 - count));
  const squares = sum(means.map((value) => value * value));
  return squares > 0 ? Math.max(0, excess) / (squares * (1 + SCATTER_DEMAND / Math.max(1, sum(counts)))) : 0;
};

export const projectCount = (fitted: FittedCount, days: Int32Array): Outlook =>
  LEVELS.map((_, level) => Float64Array.from(days, (day) => fitted.weekdays[weekdayOf(day)]![level]!));
