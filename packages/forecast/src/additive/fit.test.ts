import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { History } from "../history.js";
import { historyUntil } from "../history.js";
import { MEDIAN_INDEX } from "../outlook.js";
import { additiveOn, shareOn } from "../sample-specs.js";
import { lastDayOf, weekdayOf } from "../series.js";
import { SIMULATION_START, simulateProduct } from "../simulated-product.js";
import type { AdditiveSpec } from "../spec.js";
import { centersOf, worthOn } from "./centers.js";
import { fitAdditive } from "./fit.js";
import { projectAdditive } from "./predict.js";

const product = (recipe: { days: number; seed: number; noise?: number }) => simulateProduct({ level: 60, ...recipe });
const historyOf = ({ series, drivers }: ReturnType<typeof product>): History => historyUntil(series, drivers, lastDayOf(series));
const SHARES: AdditiveSpec = { ...additiveOn("sqrt"), multiplicative: shareOn("sqrt").multiplicative ?? [] };
const seeds = fc.integer({ min: 1, max: 1e6 });

describe("terms that are shares of the trend", () => {
  test("are worth the more the higher the trend, and add up to the forecast with the rest", () => {
    fc.assert(
      fc.property(seeds, fc.constantFrom("linear" as const, "sqrt" as const, "log" as const), (seed, transform) => {
        const history = historyOf(product({ days: 430, seed }));
        const { matrix } = history.design();
        const fitted = fitAdditive(shareOn(transform), history);
        const centers = centersOf(matrix, fitted);
        for (const row of [0, 215, matrix.n - 1]) {
          const worth = worthOn(matrix, fitted, row);
          const total = fitted.kept.reduce((sum, column, i) => sum + (matrix.values[column * matrix.n + row] ?? 0) * (worth[i] ?? 0), 0);
          expect(total).toBeCloseTo(centers[row] ?? Number.NaN, 12);
        }
      }),
      { numRuns: 12 },
    );
  });

  test("grow with demand that grows, which sums do not", () => {
    // A Saturday sells twice as much as another day, in a shop that grows fivefold.
    const days = 728;
    const start = SIMULATION_START;
    const expectedOn = (i: number) => (20 + (80 * i) / days) * (i % 7 === 5 ? 2 : 1);
    const series = { start, y: Float64Array.from({ length: days }, (_, i) => expectedOn(i)) };
    const history = historyUntil(series, { regressors: [], specialDays: [] }, start + days - 1);
    const plain: AdditiveSpec = { ...additiveOn("linear"), weeklyBySeasonScale: 0, yearlyScale: 0, monthlyScale: 0, correction: { weight: 0, fade: 1 } };
    const saturday = start + days + 5;
    const missed = (spec: AdditiveSpec) => Math.abs((projectAdditive(fitAdditive(spec, history), history.ahead(Int32Array.of(saturday)))[MEDIAN_INDEX]?.[0] ?? 0) - expectedOn(days + 5));
    expect(weekdayOf(saturday)).toBe(5);
    expect(missed({ ...plain, multiplicative: ["weekly"] })).toBeLessThan(2);
    expect(missed(plain)).toBeGreaterThan(20);
  });

  test("none of them is the model without the setting", () => {
    const history = historyOf(product({ days: 430, seed: 3 }));
    expect(fitAdditive({ ...additiveOn("sqrt"), multiplicative: [] }, history)).toEqual(fitAdditive(additiveOn("sqrt"), history));
  });
});

describe("days that count less the older they are", () => {
  test("count alike where a half-life is endless", () => {
    fc.assert(
      fc.property(seeds, fc.boolean(), (seed, areShares) => {
        const history = historyOf(product({ days: 430, seed }));
        const spec = areShares ? SHARES : additiveOn("sqrt");
        const [all, endless] = [fitAdditive(spec, history), fitAdditive({ ...spec, halfLifeDays: 1e12 }, history)];
        const { matrix } = history.design();
        const expected = centersOf(matrix, all);
        for (const [row, center] of centersOf(matrix, endless).entries()) expect(Math.abs(center - (expected[row] ?? Number.NaN))).toBeLessThan(1e-4);
      }),
      { numRuns: 8 },
    );
  });

  test.each([additiveOn("linear"), shareOn("linear")])("let a weekday's new habit win sooner", (base) => {
    // Saturdays were the best days; for the last half year they are like any other.
    const days = 728;
    const start = SIMULATION_START;
    const y = Float64Array.from({ length: days }, (_, i) => (i % 7 === 5 && i < days - 182 ? 80 : 40));
    const history = historyUntil({ start, y }, { regressors: [], specialDays: [] }, start + days - 1);
    const saturday = (halfLifeDays: number) => {
      const spec: AdditiveSpec = { ...base, weeklyBySeasonScale: 0, correction: { weight: 0, fade: 1 }, halfLifeDays };
      return projectAdditive(fitAdditive(spec, history), history.ahead(Int32Array.of(start + days + 5)))[MEDIAN_INDEX]?.[0] ?? Number.NaN;
    };
    expect(saturday(60)).toBeLessThan(48);
    expect(saturday(365)).toBeGreaterThan(saturday(60) + 5);
    expect(saturday(1e6)).toBeGreaterThan(saturday(365) + 2);
  });
});
