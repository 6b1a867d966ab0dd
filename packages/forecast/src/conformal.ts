/**
 * Intervals that cover. A model's own quantiles come from how it fitted the past; the back-test tells how far off it
 * was about days it had not seen. The distance from the median is stretched so that the back-test's days would have
 * been covered (split conformal prediction with the model's spread as the scale; Vovk et al. 2005, Romano et al. 2019).
 */
import type { Fold } from "./backtest.js";
import type { Outlook } from "./outlook.js";
import { LEVELS, MEDIAN_INDEX } from "./outlook.js";
import { mean, sum } from "./vector.js";

/** Factors on the distance of the quantiles below and above the median. */
export type Widening = {
  readonly low: number;
  readonly high: number;
  /** What a day further ahead adds to both, in shares of them half-way through two weeks; nothing when absent. */
  readonly growthPerDay?: number;
};

/** What to expect before any back-test day is seen: forecasts are worse ahead than in sample, and the worse the further ahead. */
type Expectation = Required<Widening>;
/** What a day further ahead adds to the distance from the median beyond what members disagree about more, in shares of that half-way: levels wander. */
export const UNSEEN = { low: 1.03, high: 1.03, growthPerDay: 0.007 } as const satisfies Expectation;
/**
 * The same for a product that sells nothing on many days: its lower quantiles are zero and cover more than they promise,
 * and what it sells on a day hardly depends on how long ago the last one was seen.
 */
const UNSEEN_OFTEN_ZERO = { low: 1, high: 1, growthPerDay: 0 } as const satisfies Expectation;
/** Share of days without demand from which a product is wholly of that kind. */
const OFTEN_ZERO_SHARE = 0.3;
/** Back-test days that weigh as much as that expectation: six weeks of neighbouring days are alike and say less than their number. */
const EXPECTATION_DAYS = 120;
/** Days ahead at which nothing is added: the middle of two weeks. */
const HALF_WAY_DAYS = 7.5;
const GROWTH_MIN = 0.85;
const GROWTH_MAX = 1.25;
/** The 80 % interval's ends and their neighbours decide together: one order statistic of a few weeks is mostly luck. */
const TAILS = [0.05, 0.1, 0.15, 0.2] as const;
const WIDENING_MIN = 0.6;
const WIDENING_MAX = 2.5;

export const learnWidening = (folds: readonly Fold[]): Widening => {
  const expected = expectationOf(folds);
  return {
    low: stretchOf(folds, TAILS.map((tail) => ({ tail, level: tail })), expected.low, expected.growthPerDay),
    high: stretchOf(folds, TAILS.map((tail) => ({ tail, level: 1 - tail })), expected.high, expected.growthPerDay),
    growthPerDay: expected.growthPerDay,
  };
};

/** Between a product that always sells and one that often does not, by its share of days without demand. */
const expectationOf = (folds: readonly Fold[]): Expectation => {
  const days = sum(folds.map(({ actual }) => actual.length));
  const zeros = sum(folds.map(({ actual }) => actual.filter((y) => y === 0).length));
  const share = days === 0 ? 0 : Math.min(1, zeros / days / OFTEN_ZERO_SHARE);
  const between = (key: keyof Expectation) => UNSEEN[key] + share * (UNSEEN_OFTEN_ZERO[key] - UNSEEN[key]);
  return { low: between("low"), high: between("high"), growthPerDay: between("growthPerDay") };
};

/** @param steps days after the cutoff */
const growthOf = (steps: number, growthPerDay: number): number => Math.min(GROWTH_MAX, Math.max(GROWTH_MIN, 1 + growthPerDay * (steps - HALF_WAY_DAYS)));

/**
 * Quantiles stretched away from the median, the more the further ahead; still ascending, never below zero.
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

/** The factor that would have left each tail's share of the back-test's days outside, in the geometric mean of the tails, drawn towards the expectation when days are few. */
const stretchOf = (folds: readonly Fold[], tails: readonly Tail[], expected: number, growthPerDay: number): number => {
  const seen = tails.map(({ tail, level }) => ({ tail, ratios: ratiosOf(folds, LEVELS.findIndex((known) => Math.abs(known - level) < 1e-9), growthPerDay) })).filter(({ ratios }) => ratios.length > 0);
  if (seen.length === 0) return expected;
  const stretches = seen.map(({ tail, ratios }) => {
    // The finite-sample rank of split conformal prediction: ⌈(n + 1)(1 − α)⌉.
    const rank = Math.min(ratios.length, Math.ceil((ratios.length + 1) * (1 - tail)));
    return Math.log(Math.min(WIDENING_MAX, Math.max(WIDENING_MIN, ratios[rank - 1] ?? expected)));
  });
  const days = Math.max(...seen.map(({ ratios }) => ratios.length));
  const share = days / (days + EXPECTATION_DAYS);
  return Math.exp(share * mean(stretches) + (1 - share) * Math.log(expected));
};

/** How far from the median each back-test day was, in distances of a quantile from it, ascending; without days on which these are none, as where all demand is zero. */
const ratiosOf = (folds: readonly Fold[], level: number, growthPerDay: number): number[] => {
  const ratios: number[] = [];
  for (const { cutoff, days, actual, outlook } of folds) {
    for (const [day, y] of actual.entries()) {
      const median = outlook[MEDIAN_INDEX]?.[day] ?? 0;
      const reach = growthOf((days[day] ?? cutoff) - cutoff, growthPerDay) * ((outlook[level]?.[day] ?? 0) - median);
      if (Math.abs(reach) > 1e-9 * Math.max(1, median)) ratios.push((y - median) / reach);
    }
  }
  return ratios.toSorted((a, b) => a - b);
};
