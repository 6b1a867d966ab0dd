import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fit, predict, tune } from "./index.js";
import { lastDayOf } from "./series.js";
import { simulateProduct } from "./simulated-product.js";

const { series, drivers } = simulateProduct({ days: 400, seed: 21, level: 15 });
const { spec, backtest } = tune(series, drivers, { demandClass: "medium", trials: 12, plan: { horizonDays: 14, folds: 3, stepDays: 14 }, seed: 4 });
const model = fit(spec, series, drivers, { backtest, seed: 4 });
const start = lastDayOf(series) + 1;

describe("a forecast", () => {
  test("has quantiles that never cross, at any levels and as far ahead as one asks", () => {
    const levels = fc.uniqueArray(fc.double({ min: 0.001, max: 0.999, noNaN: true }), { minLength: 2, maxLength: 8 }).map((values) => values.toSorted((a, b) => a - b));
    fc.assert(
      fc.property(levels, fc.integer({ min: 1, max: 60 }), (asked, days) => {
        const { values } = predict(model, { start, days, drivers, levels: asked });
        for (const [i, row] of values.entries()) {
          for (const [day, value] of row.entries()) expect(value).toBeGreaterThanOrEqual(values[i - 1]?.[day] ?? 0);
        }
      }),
      { numRuns: 30 },
    );
  });

  test("of a day does not depend on the days asked for with it", () => {
    const whole = predict(model, { start, days: 14, drivers, levels: [0.5] }).values[0];
    const tail = predict(model, { start: start + 10, days: 4, drivers, levels: [0.5] }).values[0];
    expect(tail).toEqual(whole?.slice(10));
  });

  test("is zero on days on which the shop plans to be closed", () => {
    const openAhead = [start, start + 2];
    const { values } = predict(model, { start, days: 4, drivers: { ...drivers, openAhead }, levels: [0.1, 0.9] });
    for (const row of values) expect([...row].map((value) => value > 0)).toEqual([true, false, true, false]);
  });

  test("takes an empty plan as not knowing, not as closed for good", () => {
    const { values } = predict(model, { start, days: 2, drivers: { ...drivers, openAhead: [] }, levels: [0.5] });
    expect(values[0]?.every((value) => value > 0)).toBe(true);
  });

  test("stands without drivers when their source is down", () => {
    const { values } = predict(model, { start, days: 14, drivers: { regressors: [], specialDays: [] }, levels: [0.5] });
    expect(values[0]?.every((value) => Number.isFinite(value) && value > 0)).toBe(true);
  });

  test("of a day that the model has seen is refused", () => {
    expect(() => predict(model, { start: start - 1, days: 1, drivers, levels: [0.5] })).toThrow(/expected a start after the model's cutoff/);
  });
});
