import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bias, coverage, mase, pinball, rmsse, seasonalNaiveErrors, wape } from "./metrics.js";

const pairs = fc.array(fc.tuple(fc.double({ min: 0, max: 1e4, noNaN: true }), fc.double({ min: 0, max: 1e4, noNaN: true })), { minLength: 1, maxLength: 40 });
const total = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

describe("a metric", () => {
  test("agrees with its formula written down in one line", () => {
    fc.assert(
      fc.property(pairs, (rows) => {
        const y = rows.map(([actual]) => actual);
        const f = rows.map(([, forecast]) => forecast);
        fc.pre(total(y) > 1e-6);
        expect(wape(y, f)).toBeCloseTo(total(rows.map(([a, b]) => Math.abs(a - b))) / total(y), 9);
        expect(bias(y, f)).toBeCloseTo((total(f) - total(y)) / total(y), 6);
        expect(mase(y, f, 2)).toBeCloseTo(total(rows.map(([a, b]) => Math.abs(a - b))) / rows.length / 2, 6);
        expect(rmsse(y, f, 4)).toBeCloseTo(Math.sqrt(total(rows.map(([a, b]) => (a - b) ** 2)) / rows.length / 4), 6);
        const loss = total(rows.map(([a, b]) => (a >= b ? 2 * 0.9 * (a - b) : 2 * 0.1 * (b - a))));
        expect(pinball(y, f, 0.9)).toBeCloseTo(loss, 5);
        expect(pinball(y, f, 0.5)).toBeCloseTo(total(rows.map(([a, b]) => Math.abs(a - b))), 5);
      }),
    );
  });

  test("is not a number where it is not defined", () => {
    expect(wape([0, 0], [1, 2])).toBeNaN();
    expect(bias([0], [1])).toBeNaN();
    expect(mase([1], [1], 0)).toBeNaN();
    expect(coverage([], [], [])).toBeNaN();
  });

  test("counts a day on the edge of the interval as covered", () => {
    expect(coverage([1, 2, 3, 4], [1, 2.5, 0, 0], [2, 3, 3, 3])).toBe(0.5);
  });
});

describe("the seasonal naive errors", () => {
  test("look back to the last open day of the same weekday, four weeks at most", () => {
    // Day 7 was closed, so day 14 is compared with day 0; day 50 has no predecessor.
    expect(seasonalNaiveErrors([0, 1, 8, 14, 50], [10, 4, 7, 16, 99])).toEqual({ absolute: (3 + 6) / 2, squared: (9 + 36) / 2 });
  });

  test("are not a number when no weekday comes twice", () => {
    expect(seasonalNaiveErrors([0, 1, 2], [1, 2, 3]).absolute).toBeNaN();
  });
});
