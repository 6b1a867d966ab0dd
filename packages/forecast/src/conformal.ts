/**
 * Intervals that cover. A model's own quantiles come from how it fitted the past; the back-test tells how far off it
 * was about days it had not seen. The distance from the median is stretched so that the back-test's days would have
 * been covered (split conformal prediction with the model's spread as the scale; Vovk et al. 2005, Romano et al. 2019).
 */
import type { Fold } from "./backtest.js";
import type { Outlook } from "./outlook.js";
import { LEVELS, MEDIAN_INDEX } from "./outlook.js";

/** Factors on the distance of the quantiles below and above the median. */
export type Widening = { readonly low: number; readonly high: number };

/** What to expect before any back-test day is seen: forecasts are a little worse ahead than in sample. */
export const UNSEEN: Widening = { low: 1.15, high: 1.15 };
/** Back-test days that weigh as much as that expectation. */
const EXPECTATION_DAYS = 20;
/** The ends of the 80 % interval decide. */
const LOW_LEVEL = 0.1;
const HIGH_LEVEL = 0.9;
const WIDENING_MIN = 0.6;
const WIDENING_MAX = 2.5;

export const learnWidening = (folds: readonly Fold[]): Widening => ({
  low: stretchOf(folds, LEVELS.indexOf(LOW_LEVEL), UNSEEN.low),
  high: stretchOf(folds, LEVELS.indexOf(HIGH_LEVEL), UNSEEN.high),
});

/** Quantiles stretched away from the median; still ascending, never below zero. */
export const widen = (outlook: Outlook, { low, high }: Widening): Outlook => {
  const medians = outlook[MEDIAN_INDEX] ?? new Float64Array();
  return outlook.map((row, level) => {
    const factor = level < MEDIAN_INDEX ? low : high;
    return row.map((value, day) => {
      const median = medians[day] ?? value;
      return Math.max(0, median + factor * (value - median));
    });
  });
};

/** The factor that would have left 10 % of the back-test's days outside, drawn towards the expectation when days are few. */
const stretchOf = (folds: readonly Fold[], level: number, expected: number): number => {
  const ratios: number[] = [];
  for (const { actual, outlook } of folds) {
    for (const [day, y] of actual.entries()) {
      const median = outlook[MEDIAN_INDEX]?.[day] ?? 0;
      const reach = (outlook[level]?.[day] ?? 0) - median;
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
