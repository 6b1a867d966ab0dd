import { describe, expect, test } from "vitest";
import type { Drivers } from "./drivers.js";
import { fitDynamicRegression, levelOn, projectDynamicRegression } from "./dynamic-regression.js";
import { historyUntil } from "./history.js";
import { MEDIAN_INDEX } from "./outlook.js";
import { createRandom } from "./random.js";
import { lastDayOf, weekdayOf } from "./series.js";
import { SIMULATION_START as START } from "./simulated-product.js";
import type { DynamicRegressionSpec } from "./spec.js";

const SPEC: DynamicRegressionSpec = {
  family: "dynamic-regression",
  transform: "linear",
  filter: { levelWeight: 0.1, weekdayWeight: 0, fade: 1 },
  trendScale: 0.1,
  weeklyScale: 0.3,
  yearlyOrder: 2,
  yearlyScale: 0.02,
  specialScale: 0.15,
  ownSpecialScale: 0.1,
  regressorScale: 0.1,
  regressorByWeekdayScale: 0.05,
};
const DAYS = 420;
const random = createRandom(31);
const promotion = Float64Array.from({ length: DAYS + 14 }, () => (random() < 0.3 ? 1 : 0));
const drivers: Drivers = { specialDays: [], regressors: [{ name: "promotion", start: START, values: promotion, isKnownAhead: true }] };
const isWeekend = (day: number) => weekdayOf(day) > 4;

/** Forecasts of the 14 days after `levelOf(i)`, with noise, and 40 more on promoted weekdays but 10 on promoted weekends. */
const medianAfter = (levelOf: (i: number) => number) => {
  const effect = (i: number) => (promotion[i] ?? 0) * (isWeekend(START + i) ? 10 : 40);
  const y = Float64Array.from({ length: DAYS }, (_, i) => levelOf(i) + effect(i) + 4 * (random() - 0.5));
  const series = { start: START, y };
  const history = historyUntil(series, drivers, lastDayOf(series));
  const fitted = fitDynamicRegression(SPEC, history);
  const days = Int32Array.from({ length: 14 }, (_, i) => START + DAYS + i);
  const median = projectDynamicRegression(fitted, history.ahead(days))[MEDIAN_INDEX] ?? new Float64Array();
  return { fitted, median, expected: days.map((_, i) => levelOf(DAYS + i) + effect(DAYS + i)) };
};

describe("a regression around a wandering level", () => {
  test("tells a promotion on a weekday from one on a weekend", () => {
    const { median, expected } = medianAfter(() => 100);
    for (const [i, value] of median.entries()) expect(Math.abs(value - (expected[i] ?? 0))).toBeLessThan(8);
  });

  test("follows a shift of level within weeks, and keeps its effects", () => {
    const { median, expected } = medianAfter((i) => (i < DAYS - 40 ? 100 : 160));
    for (const [i, value] of median.entries()) expect(Math.abs(value - (expected[i] ?? 0))).toBeLessThan(12);
  });

  test("is hardly moved by a day that nobody can learn from", () => {
    const { median, expected } = medianAfter((i) => (i === DAYS - 3 ? 900 : 100));
    for (const [i, value] of median.entries()) expect(Math.abs(value - (expected[i] ?? 0))).toBeLessThan(20);
  });

  test("lets its level fade where it is told to", () => {
    const { fitted } = medianAfter(() => 100);
    expect(levelOn({ ...fitted, fade: 0.5 }, fitted.lastDay + 3)).toBeCloseTo(fitted.level / 8, 12);
  });
});
