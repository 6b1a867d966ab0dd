import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Drivers, Series, Spec } from "./index.js";
import { bias, crps, fit, mape, mase, pinball, predict, rmsse, tune, wape } from "./index.js";
import { lastDayOf } from "./series.js";
import { additiveOn, dynamicOn, shareOn } from "./sample-specs.js";
import { simulateProduct } from "./simulated-product.js";
import type { TransformName } from "./transform.js";

const TRANSFORMS: readonly TransformName[] = ["linear", "sqrt", "log"];
const SPECS: readonly Spec[] = [
  { family: "seasonal-naive" },
  { family: "weekday-mean", weeks: 4 },
  { family: "empirical", halfLifeDays: 56, otherWeekdayWeight: 0.2 },
  { family: "decomposed-smoothing", transform: "sqrt", levelWeight: 0.2, damping: 0.8, weeks: 5 },
  { family: "count", method: "syntetos-boylan", weight: 0.1 },
  ...TRANSFORMS.map(additiveOn),
  shareOn("linear"),
  ...TRANSFORMS.map(dynamicOn),
  ...TRANSFORMS.map((transform) => ({ family: "smoothing", transform, levelWeight: 0.2, weekdayWeight: 0.05 }) as const),
  ...TRANSFORMS.map((transform) => ({ family: "regression", transform, lagDays: 14, yearlyOrder: 2, usesRegressors: true, ridgeDays: 20 }) as const),
  { family: "combination", members: [additiveOn("log"), { family: "seasonal-naive" }, { family: "smoothing", transform: "sqrt", levelWeight: 0.1, weekdayWeight: 0.03 }], weights: [0.5, 0.1, 0.4] },
];
const LEVELS = [0.1, 0.25, 0.5, 0.75, 0.9];
const DAYS = 14;

const times = (series: Series, factor: number): Series => ({ start: series.start, y: series.y.map((value) => value * factor) });
const forecast = (spec: Spec, series: Series, drivers: Drivers) =>
  predict(fit(spec, series, drivers, { backtest: { folds: [] }, seed: 1 }), { start: lastDayOf(series) + 1, days: DAYS, drivers, levels: LEVELS }).values;

/** Models keep ten digits of each number; a hundred of those numbers are added up, and a logarithm's error grows when undone. */
const TOLERANCE = 1e-6;
const expectSame = (actual: readonly Float64Array[], expected: readonly Float64Array[], factor = 1): void => {
  const most = Math.max(...expected.flatMap((row) => [...row]));
  for (const [i, row] of expected.entries()) for (const [day, value] of row.entries()) expect(Math.abs((actual[i]?.[day] ?? Number.NaN) / factor - value)).toBeLessThanOrEqual(TOLERANCE * most);
};

const products = fc.record({ seed: fc.integer({ min: 1, max: 1e6 }), days: fc.constantFrom(60, 200, 430), level: fc.constantFrom(3, 20, 90) });

describe("a forecast", () => {
  test.each(SPECS)("of ten times the demand is ten times the forecast · $family $transform", (spec) => {
    fc.assert(
      fc.property(products, fc.constantFrom(10, 0.001, 144), (recipe, factor) => {
        const { series, drivers } = simulateProduct(recipe);
        expectSame(forecast(spec, times(series, factor), drivers), forecast(spec, series, drivers), factor);
      }),
      { numRuns: 8 },
    );
  });

  test.each(SPECS)("does not change with the unit of a driver, nor with the order of drivers · $family $transform", (spec) => {
    fc.assert(
      fc.property(products, (recipe) => {
        const { series, drivers } = simulateProduct(recipe);
        const fahrenheit: Drivers = {
          specialDays: drivers.specialDays.toReversed(),
          regressors: drivers.regressors.map((regressor) => (regressor.isKnownAhead ? regressor : { ...regressor, values: regressor.values.map((value) => 32 + 1.8 * value) })).toReversed(),
        };
        expectSame(forecast(spec, series, fahrenheit), forecast(spec, series, drivers));
      }),
      { numRuns: 8 },
    );
  });

  test.each(SPECS)("does not change with closed days before the first open one · $family $transform", (spec) => {
    const { series, drivers } = simulateProduct({ days: 200, seed: 8, level: 20 });
    const padded = { start: series.start - 30, y: Float64Array.from([...new Float64Array(30).fill(Number.NaN), ...series.y]) };
    expect(forecast(spec, padded, drivers)).toEqual(forecast(spec, series, drivers));
  });
});

const settingsOf = (spec: Spec) => (spec.family === "combination" ? spec.members : spec);
const weightsIn = (spec: Spec): readonly number[] => (spec.family === "combination" ? (spec.weights ?? []) : []);

describe("tuning", () => {
  test.each(["high", "medium", "low", "intermittent"] as const)("chooses the same spec, with the same score, for ten times the demand · %s", (demandClass) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), (seed) => {
        const { series, drivers } = simulateProduct({ days: 150, seed, level: 20 });
        const options = { demandClass, trials: 12, plan: { horizonDays: DAYS, folds: 2, stepDays: 14 }, seed };
        const [one, ten] = [tune(series, drivers, options), tune(times(series, 10), drivers, options)];
        expect(settingsOf(ten.spec)).toEqual(settingsOf(one.spec));
        for (const [i, weight] of weightsIn(one.spec).entries()) expect(weightsIn(ten.spec)[i]).toBeCloseTo(weight, 6);
        for (const [name, value] of Object.entries(one.score)) expect(Math.abs((ten.score[name as keyof typeof ten.score] ?? Number.NaN) - (value ?? Number.NaN))).toBeLessThan(TOLERANCE);
      }),
      { numRuns: 3 },
    );
  });
});

describe("a metric", () => {
  const days = fc.array(fc.tuple(fc.double({ min: 0.01, max: 1e3, noNaN: true }), fc.double({ min: 0, max: 1e3, noNaN: true })), { minLength: 1, maxLength: 30 });

  test("in shares does not change with the unit, a loss changes in proportion", () => {
    fc.assert(
      fc.property(days, (rows) => {
        const [y, f] = [rows.map(([actual]) => actual), rows.map(([, value]) => value)];
        const [y10, f10] = [y.map((value) => 10 * value), f.map((value) => 10 * value)];
        const close = (measured: number, expected: number) => expect(Math.abs(measured - expected)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(expected)));
        close(wape(y10, f10), wape(y, f));
        close(bias(y10, f10), bias(y, f));
        close(mape(y10, f10, 0), mape(y, f, 0));
        close(mase(y10, f10, 20), mase(y, f, 2));
        close(rmsse(y10, f10, 400), rmsse(y, f, 4));
        close(pinball(y10, f10, 0.9), 10 * pinball(y, f, 0.9));
        close(crps(y10, [0.5], [f10]), 10 * crps(y, [0.5], [f]));
      }),
    );
  });
});
