import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { averageOutlooks, meanOutlook } from "./disagreement.js";
import { normalQuantile } from "./normal.js";
import type { Outlook } from "./outlook.js";
import { LEVELS, MEDIAN_INDEX, quantileAt } from "./outlook.js";

/** A member that believes each day normal around its centre. */
const believing = (centers: readonly number[], deviation: number): Outlook => LEVELS.map((level) => Float64Array.from(centers, (center) => Math.max(0, center + deviation * normalQuantile(level))));
const halves = [0.5, 0.5];

describe("members that disagree about a day", () => {
  test("are as wide as the mixture of them, and where they agree as each of them", () => {
    const members = [believing([100, 90], 10), believing([100, 110], 10)];
    const deviations = Array.from(quantileAt(averageOutlooks(members, halves, 1), 0.9), (high) => (high - 100) / normalQuantile(0.9));
    expect(deviations[0]).toBeCloseTo(10, 6);
    // Variance within 10², between 10².
    expect(deviations[1]).toBeCloseTo(Math.sqrt(200), 6);
  });

  test("are as one member where disagreement does not count", () => {
    const members = [believing([5, 9], 1), believing([7, 2], 3)];
    expect(averageOutlooks(members, halves, 0)).toEqual(meanOutlook(members, halves));
  });

  test("keep their median, their order and the zero", () => {
    const member = fc.record({ center: fc.double({ min: 0, max: 300, noNaN: true }), deviation: fc.double({ min: 0, max: 100, noNaN: true }) });
    fc.assert(
      fc.property(fc.array(member, { minLength: 1, maxLength: 5 }), (drawn) => {
        const members = drawn.map(({ center, deviation }) => believing([center], deviation));
        const weights = members.map(() => 1 / members.length);
        const told = averageOutlooks(members, weights, 2).map(([value = Number.NaN]) => value);
        const plain = meanOutlook(members, weights).map(([value = Number.NaN]) => value);
        expect(told[MEDIAN_INDEX]).toBe(plain[MEDIAN_INDEX]);
        for (const [i, value] of told.entries()) {
          expect(value).toBeGreaterThanOrEqual(told[i - 1] ?? 0);
          if (plain[i] === 0) expect(value).toBe(0);
        }
      }),
    );
  });
});
