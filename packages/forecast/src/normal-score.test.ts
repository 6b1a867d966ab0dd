import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countQuantiles } from "./negative-binomial.js";
import { normalQuantile } from "./normal.js";
import { normalScore, type DayQuantiles } from "./normal-score.js";

const LEVELS = [0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975];
const normalAround = (mean: number, spread: number): DayQuantiles => ({ levels: LEVELS, values: LEVELS.map((level) => Math.max(0, mean + spread * normalQuantile(level))) });

/** Any forecast of a day: nine quantiles that ascend, some of them equal. */
const forecasts = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 60 }), fc.double({ min: 0, max: 60, noNaN: true })), { minLength: LEVELS.length, maxLength: LEVELS.length })
  .map((values): DayQuantiles => ({ levels: LEVELS, values: values.toSorted((a, b) => a - b) }));
const actuals = fc.oneof(fc.integer({ min: 0, max: 120 }), fc.double({ min: 0, max: 120, noNaN: true }));

describe("a day's normal score", () => {
  it("is how many standard deviations the day lay from the median of a normal forecast, also beyond its quantiles", () => {
    for (const score of [-2.6, -1.9, -0.7, 0, 0.3, 1.28, 2.2]) expect(normalScore(normalAround(500, 50), 500.001 + 50 * score, false)).toBeCloseTo(score, 3);
  });

  it("is never beyond three, whatever the till says", () => {
    expect(normalScore(normalAround(500, 50), 1e9, false)).toBe(3);
    expect(normalScore(normalAround(500, 50), 0, false)).toBe(-3);
    expect(normalScore({ levels: LEVELS, values: LEVELS.map(() => 0) }, 7, false)).toBe(3);
  });

  it("is nothing for nothing, where nothing was forecast", () => {
    expect(normalScore({ levels: LEVELS, values: LEVELS.map(() => 0) }, 0, false)).toBeCloseTo(0, 1);
  });

  it("is a mean over the stretch that a count stands for: none on average, for counts small and large", () => {
    for (const mean of [0.4, 1, 2.5, 6, 20]) {
      const forecast = { levels: LEVELS, values: countQuantiles(mean, 0, LEVELS) };
      let average = 0;
      for (let count = 0, probability = Math.exp(-mean); count < 80; count += 1, probability *= mean / count) average += probability * normalScore(forecast, count, false);
      // Nine whole numbers tell a distribution of few units only so well.
      expect(Math.abs(average), `Poisson ${mean}`).toBeLessThan(0.2);
    }
  });

  it("is none on average where a shelf holds less than is wanted on most days, and those days are marked", () => {
    const forecast = normalAround(500, 50);
    const draws = Array.from({ length: 2_000 }, (_, i) => 500 + 50 * normalQuantile((i + 0.5) / 2_000));
    const averageWith = (stock: number, isMarked: boolean) => draws.reduce((sum, wanted) => sum + normalScore(forecast, Math.min(wanted, stock) + 1e-6, isMarked && wanted >= stock), 0) / draws.length;
    expect(Math.abs(averageWith(460, true))).toBeLessThan(0.02);
    // Unmarked they look like a fall of demand.
    expect(averageWith(460, false)).toBeLessThan(-0.5);
  });

  it("never speaks of a fall where the shelf was empty", () => {
    fc.assert(fc.property(forecasts, actuals, (forecast, actual) => {
      const soldOut = normalScore(forecast, actual, true);
      expect(soldOut).toBeGreaterThanOrEqual(-1e-2);
      expect(soldOut).toBeGreaterThanOrEqual(normalScore(forecast, actual, false) - 1e-2);
    }));
  });

  it("never falls where more was sold, and stays within three", () => {
    fc.assert(fc.property(forecasts, fc.integer({ min: 0, max: 120 }), fc.boolean(), (forecast, actual, isSoldOut) => {
      const [less, more] = [normalScore(forecast, actual, isSoldOut), normalScore(forecast, actual + 1, isSoldOut)];
      expect(more).toBeGreaterThanOrEqual(less - 1e-9);
      expect(Math.max(Math.abs(less), Math.abs(more))).toBeLessThanOrEqual(3);
    }));
  });
});
