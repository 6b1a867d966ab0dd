/**
 * Intervals that cover. A model's own quantiles come from how it fitted the past; the back-test tells how far off it
 * was about days it had not seen. The distance from the median is stretched so that the back-test's days would have
 * been covered (split conformal prediction with the model's spread as the scale; Vovk et al. 2005, Romano et al. 2019).
 */
import type { Fold } from "./backtest.js";
import type { Outlook } from "./outlook.js";
import { LEVELS, MEDIAN_INDEX } from "./outlook.js";
import { sum } from "./vector.js";

/** Factors on the distance of the quantiles below and above the median. */
export type Widening = {
  readonly low: number;
  readonly high: number;
  /** What a day further ahead adds to both, in shares of them half-way through two weeks; nothing when absent. */
  readonly growthPerDay?: number;
};

/** What to expect before any back-test day is seen: forecasts are worse ahead than in sample. */
export const UNSEEN = { low: 1.15, high: 1.15 } as const satisfies Widening;
/** The same for a product that sells nothing on many days: its lower quantiles are zero and cover more than they promise. */
const UNSEEN_OFTEN_ZERO = { low: 1, high: 1 } as const satisfies Widening;
/** Share of days without demand from which a product is wholly of that kind. */
const OFTEN_ZERO_SHARE = 0.3;
/** Back-test days that weigh as much as that expectation. */
const EXPECTATION_DAYS = 30;
/** Levels wander: what a day further ahead adds to the distance from the median, in shares of that half-way. */
const GROWTH_PER_DAY = 0.014;
/** Days ahead at which nothing is added: the middle of two weeks. */
const HALF_WAY_DAYS = 7.5;
const GROWTH_MIN = 0.85;
const GROWTH_MAX = 1.25;
/** The ends of the 80 % interval decide. */
const LOW_LEVEL = 0.1;
const HIGH_LEVEL = 0.9;
const WIDENING_MIN = 0.6;
const WIDENING_MAX = 2.5;

export const learnWidening = (folds: readonly Fold[]): Widening => {
  const expected = expectationOf(folds);
  return {
    low: stretchOf(folds, LEVELS.indexOf(LOW_LEVEL), expected.low),
    high: stretchOf(folds, LEVELS.indexOf(HIGH_LEVEL), expected.high),
    growthPerDay: GROWTH_PER_DAY,
  };
};

/** Between a product that always sells and one that often does not, by its share of days without demand. */
const expectationOf = (folds: readonly Fold[]): Pick<Widening, "low" | "high"> => {
  const days = sum(folds.map(({ actual }) => actual.length));
  const zeros = sum(folds.map(({ actual }) => actual.filter((y) => y === 0).length));
  const share = days === 0 ? 0 : Math.min(1, zeros / days / OFTEN_ZERO_SHARE);
  const between = (always: number, often: number) => always + share * (often - always);
  return { low: between(UNSEEN.low, UNSEEN_OFTEN_ZERO.low), high: between(UNSEEN.high, UNSEEN_OFTEN_ZERO.high) };
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

/** The factor that would have left 10 % of the back-test's days outside, drawn towards the expectation when days are few. */
const stretchOf = (folds: readonly Fold[], level: number, expected: number): number => {
  const ratios: number[] = [];
  for (const { cutoff, days, actual, outlook } of folds) {
    for (const [day, y] of actual.entries()) {
      const median = outlook[MEDIAN_INDEX]?.[day] ?? 0;
      const reach = growthOf((days[day] ?? cutoff) - cutoff, GROWTH_PER_DAY) * ((outlook[level]?.[day] ?? 0) - median);
      // Without reach (all demand zero) there is nothing to stretch.
      if (Math.abs(reach) > 1e-9 * Math.max(1, median)) ratios.push((y - median) / reach);
    }
  }
  if (ratios.length === 0) return expected;
  ratios.sort((a, b) => a - b);
  // The finite-sample rank of split conformal prediction: ⌈(n + 1)(1 − α)⌉.
  const rank = Math.min(ratios.length, Math.ceil((ratios.length + 1) * HIGH_LEVEL));
  const seen = Math.min(WIDENING_MAX, Math.max(WIDENING_MIN, ratios[rank - 1] ?? expected));
  const share = ratios.length / (ratios.length + EXPECTATION_DAYS);
  return Math.exp(share * Math.log(seen) + (1 - share) * Math.log(expected));
};
