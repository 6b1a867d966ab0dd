/**
 * Intervals that cover. A model's own quantiles come from how it fitted the past; the back-test tells how far off it
 * was about days it had not seen. The distance from the median is stretched so that the back-test's days would have
 * been covered (split conformal prediction with the model's spread as the scale; Vovk et al. 2005, Romano et al. 2019).
 */
import type { Backtest, Fold } from "./backtest.js";
import type { Outlook } from "./outlook.js";
import { LEVELS, MEDIAN_INDEX } from "./outlook.js";
import { mean } from "./vector.js";

/** Factors on the distance of the quantiles below and above the median. */
export type Widening = {
  readonly low: number;
  readonly high: number;
  /** What a day further ahead adds to both, in shares of them half-way through two weeks: in models of schema version 2, which knew it no other way. */
  readonly growthPerDay?: number;
};

/** Days ahead at which that adds nothing: the middle of two weeks. */
const HALF_WAY_DAYS = 7.5;
const GROWTH_MIN = 0.85;
const GROWTH_MAX = 1.25;

/** Back-test days that weigh as much as what a model says by itself: six weeks of neighbouring days are alike and say less than their number. */
const EXPECTATION_DAYS = 120;
/** The 80 % interval's ends and their neighbours decide together: one order statistic of a few weeks is mostly luck. */
const TAILS = [0.05, 0.1, 0.15, 0.2] as const;
const WIDENING_MIN = 0.6;
const WIDENING_MAX = 2.5;
/** A model that has seen a whole year is believed as it is. */
const YEAR_DAYS = 365;
/** One that has seen half of a year or less has met one season only, in the fit and in the back-test: the next will be further off than both say. */
const HALF_YEAR_DAYS = 182;
const UNSEEN_SEASON = 1.16;
/** An interval that ends on whole numbers covers more than it promises, after half a year as after five: pulled in by a tenth, it leaves out some of the ends. */
const EXPECTED_OF_COUNTS = 0.9;

/** Without back-test days it is what is to be expected of so short a history. */
export const learnWidening = ({ folds, isCount = false }: Backtest): Widening => {
  const expected = isCount ? EXPECTED_OF_COUNTS : expectedOf(Math.max(0, ...folds.map(({ spanDays }) => spanDays)));
  return {
    low: stretchOf(folds, TAILS.map((tail) => ({ tail, level: tail })), expected),
    high: stretchOf(folds, TAILS.map((tail) => ({ tail, level: 1 - tail })), expected),
  };
};

const expectedOf = (spanDays: number): number => 1 + (UNSEEN_SEASON - 1) * Math.min(1, Math.max(0, (YEAR_DAYS - spanDays) / (YEAR_DAYS - HALF_YEAR_DAYS)));

/** @param steps days after the cutoff */
const growthOf = (steps: number, growthPerDay: number): number => Math.min(GROWTH_MAX, Math.max(GROWTH_MIN, 1 + growthPerDay * (steps - HALF_WAY_DAYS)));

/**
 * Quantiles stretched away from the median; still ascending, never below zero.
 * @param stepOf how many days after the cutoff the i-th day lies
 */
export const widen = (outlook: Outlook, { low, high, growthPerDay = 0 }: Widening, stepOf: (i: number) => number): Outlook => {
  const medians = outlook[MEDIAN_INDEX] ?? new Float64Array();
  const growth = medians.map((_, i) => growthOf(stepOf(i), growthPerDay));
  return outlook.map((row, level) => {
    const factor = level < MEDIAN_INDEX ? low : high;
    return row.map((value, day) => {
      const median = medians[day] ?? value;
      // Nothing sold is a case of its own: a quantile of zero is not drawn up towards the median.
      if (value === 0) return 0;
      return Math.max(0, median + factor * (growth[day] ?? 1) * (value - median));
    });
  });
};

/** Of a quantile: its level, and the share of days that it leaves outside. */
type Tail = { readonly tail: number; readonly level: number };

/** The factor that would have left each tail's share of the back-test's days outside, in the geometric mean of the tails, drawn towards the expected one when days are few. */
const stretchOf = (folds: readonly Fold[], tails: readonly Tail[], expected: number): number => {
  const seen = tails.map(({ tail, level }) => ({ tail, ratios: ratiosOf(folds, LEVELS.findIndex((known) => Math.abs(known - level) < 1e-9)) })).filter(({ ratios }) => ratios.length > 0);
  if (seen.length === 0) return expected;
  const stretches = seen.map(({ tail, ratios }) => {
    // The finite-sample rank of split conformal prediction: ⌈(n + 1)(1 − α)⌉.
    const rank = Math.min(ratios.length, Math.ceil((ratios.length + 1) * (1 - tail)));
    return Math.log(Math.min(WIDENING_MAX, Math.max(WIDENING_MIN, ratios[rank - 1] ?? 1)));
  });
  const days = Math.max(...seen.map(({ ratios }) => ratios.length));
  return Math.exp((days * mean(stretches) + EXPECTATION_DAYS * Math.log(expected)) / (days + EXPECTATION_DAYS));
};

/** How far from the median each back-test day was, in distances of a quantile from it, ascending; without days on which these are none, as where all demand is zero. */
const ratiosOf = (folds: readonly Fold[], level: number): number[] => {
  const ratios: number[] = [];
  for (const { actual, outlook } of folds) {
    for (const [day, y] of actual.entries()) {
      const median = outlook[MEDIAN_INDEX]?.[day] ?? 0;
      const reach = (outlook[level]?.[day] ?? 0) - median;
      if (Math.abs(reach) > 1e-9 * Math.max(1, median)) ratios.push((y - median) / reach);
    }
  }
  return ratios.toSorted((a, b) => a - b);
};
