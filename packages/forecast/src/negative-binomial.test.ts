import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { countQuantiles } from "./negative-binomial.js";

/** By the definition, one factorial at a time. */
const poissonBelow = (mean: number, count: number): number => {
  let total = 0;
  let factorial = 1;
  for (let k = 0; k <= count; k += 1) {
    if (k > 0) factorial *= k;
    total += (Math.exp(-mean) * mean ** k) / factorial;
  }
  return total;
};

describe("quantiles of a count", () => {
  test("of a Poisson count are the smallest numbers that are not exceeded often enough", () => {
    const levels = [0.05, 0.1, 0.5, 0.9, 0.95];
    for (const mean of [0.3, 1, 2.5, 7]) {
      for (const [i, count] of countQuantiles(mean, 0, levels).entries()) {
        const level = levels[i] ?? 0;
        expect(poissonBelow(mean, count)).toBeGreaterThanOrEqual(level);
        if (count > 0) expect(poissonBelow(mean, count - 1)).toBeLessThan(level);
      }
    }
  });

  test("with a number of successes of one are those of a geometric count", () => {
    // Overdispersion 1: P(X ≤ k) = 1 − (m / (1 + m)) ** (k + 1).
    const mean = 3;
    for (const level of [0.1, 0.5, 0.75, 0.9, 0.99]) {
      const expected = Math.max(0, Math.ceil(Math.log(1 - level) / Math.log(mean / (1 + mean)) - 1 - 1e-12));
      expect(countQuantiles(mean, 1, [level])).toEqual([expected]);
    }
  });

  test("are whole, ascend, and end whatever the mean and the scatter", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 400, noNaN: true }), fc.double({ min: 0, max: 20, noNaN: true }), (mean, overdispersion) => {
        const quantiles = countQuantiles(mean, overdispersion, [0.01, 0.1, 0.5, 0.9, 0.99]);
        expect(quantiles.every((count, i) => Number.isInteger(count) && count >= (quantiles[i - 1] ?? 0))).toBe(true);
      }),
      { seed: 5 },
    );
  });

  test("are zero where nothing is expected", () => expect(countQuantiles(0, 2, [0.5, 0.99])).toEqual([0, 0]));
});
