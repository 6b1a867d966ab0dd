import { describe, expect, test } from "vitest";
import { demandClass, fit, predict, tune } from "./index.js";
import type { Drivers } from "./drivers.js";
import type { Series } from "./series.js";
import { lastDayOf, weekdayOf } from "./series.js";
import { SIMULATION_START as START, simulateProduct } from "./simulated-product.js";

const THRESHOLDS = { highUnitsPerDay: 20, mediumUnitsPerDay: 5, intermittentAdi: 1.32 };
const TRIALS = { high: 30, medium: 25, low: 20, intermittent: 15 };
const LEVELS = [0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99];
const DAYS = 14;

const product = (days: number, level = 30) => simulateProduct({ days, seed: 7, level });
const numbers = (days: number, valueOf: (i: number) => number): Series => ({ start: START, y: Float64Array.from({ length: days }, (_, i) => valueOf(i)) });
const { drivers } = product(730);
const shop = (days: number, isClosedOn: (day: number) => boolean) => simulateProduct({ days, seed: 3, level: 40, isClosedOn }).series;

const AWKWARD: readonly [string, Series, Drivers?][] = [
  ["nothing ever sold", numbers(200, () => 0)],
  ["the same every day", numbers(400, () => 12)],
  ["thirty days of history", product(30).series],
  ["three days of history", product(3).series],
  ["a single open day", numbers(40, (i) => (i === 20 ? 5 : Number.NaN))],
  ["never open", numbers(60, () => Number.NaN)],
  ["closed for 200 days", shop(700, (day) => day - START > 300 && day - START < 500)],
  ["closed for the last 60 days", shop(600, (day) => day - START >= 540)],
  ["open on Fridays and Saturdays only", shop(500, (day) => weekdayOf(day) !== 4 && weekdayOf(day) !== 5)],
  ["fractional quantities", numbers(500, (i) => 0.37 + 0.1 * Math.sin(i))],
  ["huge quantities", numbers(500, (i) => 1e9 * (2 + Math.sin(i)))],
  ["minute quantities", numbers(500, (i) => 1e-9 * (2 + Math.sin(i)))],
  ["one sale a month", numbers(500, (i) => (i % 30 === 0 ? 1 : 0))],
  ["one enormous day", numbers(500, (i) => (i === 490 ? 1e6 : 10))],
  ["a first sale last week", numbers(300, (i) => (i > 293 ? 20 : 0))],
  ["returns below zero", numbers(300, (i) => (i % 9 === 0 ? -3 : 5))],
  ["explosive growth", numbers(120, (i) => 1.08 ** i)],
  [
    "drivers for a part of the history",
    product(500).series,
    { ...drivers, regressors: drivers.regressors.map((regressor) => ({ ...regressor, start: START + 350, values: regressor.values.slice(0, 100) })) },
  ],
  [
    "drivers that never vary, are unknown, or lie elsewhere",
    product(500).series,
    {
      specialDays: [{ name: "never", days: [] }],
      regressors: [
        { name: "constant", start: START, values: new Float64Array(600).fill(3), isKnownAhead: true },
        { name: "constant weather", start: START, values: new Float64Array(600).fill(3), isKnownAhead: false },
        { name: "unknown", start: START, values: new Float64Array(600).fill(Number.NaN), isKnownAhead: false },
        { name: "empty", start: START, values: new Float64Array(), isKnownAhead: true },
        { name: "elsewhere", start: START - 9_000, values: new Float64Array(50).fill(1), isKnownAhead: false },
      ],
    },
  ],
  ["the same driver twice", product(500).series, { ...drivers, regressors: [...drivers.regressors, ...drivers.regressors.map((r) => ({ ...r, name: `${r.name} again` }))] }],
];

describe("a training", () => {
  test.each(AWKWARD)("forecasts every day, in order and not below zero · %s", (_, series, own = drivers) => {
    const kind = demandClass(series, THRESHOLDS);
    const tuned = tune(series, own, { demandClass: kind, trials: TRIALS[kind], plan: { horizonDays: DAYS, folds: 3, stepDays: 14 }, seed: 1 });
    const model = fit(tuned.spec, series, own, { backtest: tuned.backtest, seed: 1 });
    const { values } = predict(model, { start: lastDayOf(series) + 1, days: DAYS, drivers: own, levels: LEVELS });
    expect(tuned.trials).toBe(TRIALS[kind]);
    for (const [i, row] of values.entries()) {
      expect(row).toHaveLength(DAYS);
      expect(row.every((value, day) => Number.isFinite(value) && value >= (values[i - 1]?.[day] ?? 0))).toBe(true);
    }
  });

  test("forecasts about as much as was sold where every day was the same", () => {
    const series = numbers(400, () => 12);
    const tuned = tune(series, drivers, { demandClass: "medium", trials: 25, plan: { horizonDays: DAYS, folds: 3, stepDays: 14 }, seed: 1 });
    const model = fit(tuned.spec, series, drivers, { backtest: tuned.backtest, seed: 1 });
    const [median] = predict(model, { start: lastDayOf(series) + 1, days: DAYS, drivers, levels: [0.5] }).values;
    for (const value of median ?? []) expect(value).toBeCloseTo(12, 1);
  });
});
