import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { poolCounts } from "./count-pool.js";
import { countQuantiles } from "./negative-binomial.js";
import { normalQuantile } from "./normal.js";
import type { Outlook } from "./outlook.js";
import { LEVELS } from "./outlook.js";

/** One day's opinions. */
const sure = (count: number): Outlook => LEVELS.map(() => Float64Array.of(count));
const normal = (center: number, deviation: number): Outlook => LEVELS.map((level) => Float64Array.of(Math.max(0, center + deviation * normalQuantile(level))));
const counted = (mean: number, overdispersion: number): Outlook => countQuantiles(mean, overdispersion, LEVELS).map((count) => Float64Array.of(count));
const pooled = (members: readonly Outlook[], weights: readonly number[], unit = 1): number[] => poolCounts(members, weights, unit).map(([value = Number.NaN]) => value);

describe("opinions about a count, pooled,", () => {
  test("give each count the probability that the members give it, by their weights", () => {
    const told = pooled([sure(1), sure(4)], [0.68, 0.32]);
    expect(told).toEqual(LEVELS.map((level) => (level < 0.68 ? 1 : 4)));
  });

  test("are what a single member says that counts itself", () => {
    for (const mean of [0, 0.4, 3, 40]) expect(pooled([counted(mean, 0.5)], [1])).toEqual(countQuantiles(mean, 0.5, LEVELS));
  });

  test("take a member that thinks of demand as continuous for a count of its mean and spread", () => {
    const told = pooled([normal(20, 6)], [1]);
    // Variance 20 + overdispersion · 20² = 6².
    const like = countQuantiles(20, 16 / 400, LEVELS);
    for (const [i, count] of told.entries()) expect(Math.abs(count - (like[i] ?? Number.NaN))).toBeLessThanOrEqual(1);
    expect(told.every(Number.isInteger)).toBe(true);
  });

  test("leave a day of which all say that nothing sells at nothing", () => {
    expect(pooled([sure(0), sure(0)], [0.5, 0.5])).toEqual(LEVELS.map(() => 0));
  });

  test("are whole units, in order, whatever the unit and the members", () => {
    const member = fc.record({ center: fc.double({ min: 0, max: 30, noNaN: true }), deviation: fc.double({ min: 0, max: 20, noNaN: true }) });
    fc.assert(
      fc.property(fc.array(member, { minLength: 1, maxLength: 6 }), fc.constantFrom(1, 6, 0.25), (drawn, unit) => {
        const told = pooled(drawn.map(({ center, deviation }) => normal(center * unit, deviation * unit)), drawn.map(() => 1 / drawn.length), unit);
        for (const [i, value] of told.entries()) {
          expect(value / unit).toBe(Math.round(value / unit));
          expect(value).toBeGreaterThanOrEqual(told[i - 1] ?? 0);
        }
      }),
    );
  });
});
