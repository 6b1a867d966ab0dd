/** Specs with every part switched on, for tests. */
import type { ColumnScales } from "./column-priors.js";
import type { AdditiveSpec, DynamicRegressionSpec } from "./spec.js";
import type { TransformName } from "./transform.js";

const SCALES: ColumnScales = {
  weeklyScale: 0.5,
  yearlyOrder: 4,
  yearlyScale: 0.2,
  specialScale: 0.2,
  ownSpecialScale: 0.1,
  occasionScale: 0.1,
  monthlyScale: 0.02,
  regressorScale: 0.1,
  regressorByWeekdayScale: 0.05,
};

export const additiveOn = (transform: TransformName): AdditiveSpec => ({
  family: "additive",
  transform,
  changepointScale: 0.05,
  weeklyBySeasonScale: 0.1,
  ...SCALES,
  correction: { weight: 0.15, fade: 0.98, weekdayWeight: 0.05 },
});

/** All terms shares of the trend, and old days counting less. */
export const shareOn = (transform: TransformName): AdditiveSpec => ({
  ...additiveOn(transform),
  multiplicative: ["weekly", "yearly", "weekly-by-season", "monthly", "special", "own-special", "occasion", "closure", "regressor", "regressor-by-weekday"],
  halfLifeDays: 300,
});

export const dynamicOn = (transform: TransformName): DynamicRegressionSpec => ({
  family: "dynamic-regression",
  transform,
  filter: { levelWeight: 0.1, weekdayWeight: 0.02, fade: 0.99 },
  trendScale: 0.5,
  ...SCALES,
});
