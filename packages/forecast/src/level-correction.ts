/* oxlint-disable typescript/no-non-null-assertion -- the loop runs over the residuals it reads */
/**
 * What the last residuals say about the days ahead: their exponentially weighted mean is added to the forecast and
 * fades day by day. Decisive after a shift of level that the trend has not followed.
 */
import type { LevelCorrection } from "./spec.js";

export type Correction = {
  /** Added on the cutoff's morrow, before fading, in the model's scale. */
  readonly value: number;
  readonly fade: number;
  /** Shape (n): each residual less the correction that stood on its eve. What remains is the model's uncertainty. */
  readonly innovations: Float64Array;
};

/** @param residuals actual − fitted on the open days, oldest first, shape (n) */
export const learnCorrection = (residuals: Float64Array, { weight, fade }: LevelCorrection): Correction => {
  const innovations = new Float64Array(residuals.length);
  let value = 0;
  // The weight of a running mean at first, so that the start value of zero does not linger.
  for (let i = 0; i < residuals.length; i += 1) {
    innovations[i] = residuals[i]! - value;
    if (weight > 0) value += Math.max(weight, 1 / (i + 1 + 1 / weight)) * (residuals[i]! - value);
  }
  return { value, fade, innovations };
};
