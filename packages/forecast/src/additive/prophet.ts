/** Prophet as it comes, as one setting of the additive model (Taylor & Letham 2018; `prophet.stan` with linear growth). */
import type { AdditiveSpec } from "../spec.js";

/** Prophet's prior scale of seasonality, holidays and regressors alike: wide, so that they are hardly held back. */
const WIDE = 10;

/**
 * Weekly order 3 and yearly order 10, each special day free, no transform, nothing carried forward. Prophet has no
 * shared effect of special days and no weekly curve that changes with the season.
 */
export const PROPHET_DEFAULT: AdditiveSpec = {
  family: "additive",
  transform: "linear",
  changepointScale: 0.05,
  weeklyScale: WIDE,
  weeklyBySeasonScale: 0,
  yearlyOrder: 10,
  yearlyScale: WIDE,
  yearlyFall: 0,
  specialScale: 0,
  ownSpecialScale: WIDE,
  regressorScale: WIDE,
  correction: { weight: 0, fade: 1 },
};

/** The same with `seasonality_mode="multiplicative"`, which holidays and regressors inherit. */
export const PROPHET_MULTIPLICATIVE: AdditiveSpec = { ...PROPHET_DEFAULT, multiplicative: ["weekly", "yearly", "own-special", "regressor"] };
