import { describe, expect, test } from "vitest";
import { explain, fit, knownDrivers, predict, sayDay } from "./index.js";
import { lastDayOf } from "./series.js";
import { simulateProduct } from "./simulated-product.js";
import type { Spec } from "./spec.js";

const part = (kind: Parameters<typeof sayDay>[0][number]["kind"], name: string, units: number) => ({ kind, name, units });

describe("a day in one sentence", () => {
  test("names the strongest reasons first and tells the rest together", () => {
    const parts = [part("level", "level", 120), part("regressor", "school_holiday", -4), part("weekday", "Saturday", 31), part("regressor", "temperature_c", 6.2), part("season", "season", 1.9), part("trend", "trend", 1.9), part("regressor", "rain", 4)];
    expect(sayDay(parts)).toBe("Usually 120: Saturday +31, temperature +6.2, school holiday −4, rain +4, other +3.8.");
  });

  test("says when nothing is special, and when the shop is closed", () => {
    expect(sayDay([part("level", "level", 40), part("weekday", "Monday", 0.2)])).toBe("As usual: 40.");
    expect(sayDay([part("level", "level", 40), part("limit", "closed", -40)])).toBe("Closed.");
    expect(sayDay([part("level", "level", 3), part("weekday", "Saturday", 1.25)])).toBe("Usually 3: Saturday +1.3.");
  });

  test("is about the very number that is forecast", () => {
    const { series, drivers } = simulateProduct({ days: 500, seed: 3, level: 80 });
    const spec: Spec = { family: "weekday-mean", weeks: 4 };
    const model = fit(spec, series, drivers, { backtest: { folds: [] }, seed: 1 });
    const request = { start: lastDayOf(series) + 1, days: 7, drivers };
    const medians = predict(model, { ...request, levels: [0.5] }).values[0];
    for (const [i, { parts }] of explain(model, request).days.entries()) expect(parts.reduce((total, { units }) => total + units, 0)).toBeCloseTo(medians?.[i] ?? Number.NaN, 6);
    expect(knownDrivers(model)).toEqual([]);
  });
});
