/**
 * What the last residuals say about the days ahead: their exponentially weighted mean is added to the forecast and
 * fades day by day. Decisive after a shift of level that the trend has not followed. A weekday may have its own.
 */
import { filteringOf } from "./level-filter.js";
import type { LevelCorrection } from "./spec.js";

export type Correction = {
  /** Added on the cutoff's morrow, before fading, in the model's scale. */
  readonly value: number;
  /** Added on each weekday, Monday first; null when weekdays do not change. */
  readonly weekdays: readonly number[] | null;
  /** Shape (n): each residual less the correction that stood on its eve. What remains is the model's uncertainty. */
  readonly innovations: Float64Array;
};

/** @param residuals actual − fitted on the open days, oldest first, shape (n) @param days those days */
export const learnCorrection = (residuals: Float64Array, days: Int32Array, { weight, weekdayWeight = 0 }: LevelCorrection): Correction => {
  const innovations = new Float64Array(residuals.length);
  // In sample the level stays: only what is not seen any more fades.
  const { level, weekdays } = filteringOf({ levelWeight: weight, weekdayWeight, fade: 1 }, days).run(residuals, 0, innovations, 0);
  return { value: level, weekdays: weekdayWeight > 0 ? [...weekdays] : null, innovations };
};
