import { describe, expect, test } from "vitest";
import { fit, predict, toJson, tune } from "./index.js";
import { scoreOf } from "./score.js";
import { lastDayOf, weekdayOf } from "./series.js";
import { SIMULATION_START, simulateProduct } from "./simulated-product.js";
import type { TuneRequest } from "./tune.js";

const request = (change: Partial<TuneRequest> = {}): TuneRequest => ({
  demandClass: "high",
  trials: 30,
  plan: { horizonDays: 14, folds: 3, stepDays: 14 },
  seed: 1,
  ...change,
});

describe("tuning", () => {
  const product = simulateProduct({ days: 730, seed: 5, level: 60 });
  const { series, drivers } = product;
  const tuned = tune(series, drivers, request());

  test("finds a spec that beats the seasonal naive forecast where there is a pattern to learn", () => {
    expect(tuned.score.wape).toBeLessThan(0.8 * (tuned.naiveScore.wape ?? 0));
    expect(tuned.score.pinball).toBeLessThan(0.8 * (tuned.naiveScore.pinball ?? 0));
    expect(tuned.score.days).toBe(42);
  });

  test("comes within the noise of the demand that was put in", () => {
    const model = fit(tuned.spec, series, drivers, { backtest: tuned.backtest, seed: 1 });
    const start = lastDayOf(series) + 1;
    const [median] = predict(model, { start, days: 14, drivers, levels: [0.5] }).values;
    for (const [i, value] of (median ?? []).entries()) {
      expect(Math.abs(value / product.expectedOn(start + i) - 1)).toBeLessThan(0.15);
    }
  });

  test("gives the same bytes for the same seed, and other trials for another", () => {
    const bytes = (seed: number) => {
      const { spec, backtest } = tune(series, drivers, request({ seed }));
      return toJson(fit(spec, series, drivers, { backtest, seed: 1 }));
    };
    expect(bytes(1)).toBe(bytes(1));
    expect(bytes(1)).not.toBe(bytes(2));
  });

  test("falls back to the floor when only one trial is allowed", () => {
    const { spec, trials, score, naiveScore } = tune(series, drivers, request({ trials: 1 }));
    expect(spec.family).toBe("seasonal-naive");
    expect(trials).toBe(1);
    expect(score).toEqual(naiveScore);
  });

  test("refuses to judge nothing", () => {
    expect(() => tune(series, drivers, request({ trials: 0 }))).toThrow("expected at least one trial, got 0");
  });

  test("scores the back-test that it hands on", () => {
    expect(scoreOf(tuned.backtest)).toEqual(tuned.score);
    expect(tuned.backtest.folds.map(({ cutoff }) => cutoff)).toEqual([42, 28, 14].map((days) => lastDayOf(series) - days));
  });

  test("gives up what is hopeless and leaves it out of the answer", () => {
    const saturdays = { start: series.start, y: series.y.map((_, i) => (weekdayOf(series.start + i) === 5 ? 40 + (i % 3) : 0)) };
    const { spec, score } = tune(saturdays, drivers, request({ demandClass: "intermittent", trials: 15 }));
    const members = spec.family === "combination" ? spec.members : [spec];
    // Days of other weekdays say nothing of Saturdays here.
    expect(members.filter((member) => member.family === "empirical" && member.otherWeekdayWeight > 0.3)).toEqual([]);
    expect(score.wape).toBeLessThan(0.1);
  });

  test("learns a holiday that came twice", () => {
    const start = SIMULATION_START - 730 + 365 * 4 + 60 - 6;
    const { series: before, drivers: known, expectedOn } = simulateProduct({ days: start - SIMULATION_START, seed: 8, level: 80, holiday: 0.3, noise: 0.05 });
    const { spec, backtest } = tune(before, known, request());
    const model = fit(spec, before, known, { backtest, seed: 1 });
    const [median = new Float64Array()] = predict(model, { start, days: 14, drivers: known, levels: [0.5] }).values;
    const neighbour = median[7] ?? 0;
    expect(weekdayOf(start + 6)).not.toBe(5);
    expect(expectedOn(start + 6)).toBeLessThan(0.4 * expectedOn(start + 7));
    expect(median[6]).toBeLessThan(0.6 * neighbour);
  });

  test.each([0.1, 10, 1_000])("knows no unit: %d times the sales are %d times the forecast", (factor) => {
    const forecast = (times: number) => {
      const scaled = { ...series, y: series.y.map((value) => value * times) };
      const { spec, backtest } = tune(scaled, drivers, request());
      return predict(fit(spec, scaled, drivers, { backtest, seed: 1 }), { start: lastDayOf(series) + 1, days: 14, drivers, levels: [0.1, 0.5, 0.9] }).values;
    };
    const one = forecast(1);
    for (const [level, row] of forecast(factor).entries()) {
      for (const [day, value] of row.entries()) expect(value / factor / (one[level]?.[day] ?? 0)).toBeCloseTo(1, 5);
    }
  });
});
