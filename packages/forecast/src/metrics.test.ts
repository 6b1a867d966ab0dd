import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bias, coverage, crps, mape, mase, pinball, rmsse, seasonalNaiveErrors, wape } from "./metrics.js";

const pairs = fc.array(fc.tuple(fc.double({ min: 0, max: 1e4, noNaN: true }), fc.double({ min: 0, max: 1e4, noNaN: true })), { minLength: 1, maxLength: 40 });
const total = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
/** Up to rounding, which grows with what is added up. */
const expectSame = (measured: number, naive: number) => expect(Math.abs(measured - naive)).toBeLessThanOrEqual(1e-9 * (1 + Math.abs(naive)));

describe("a metric", () => {
  test("agrees with its formula written down in one line", () => {
    fc.assert(
      fc.property(pairs, (rows) => {
        const y = rows.map(([actual]) => actual);
        const f = rows.map(([, forecast]) => forecast);
        fc.pre(total(y) > 1e-3);
        expectSame(wape(y, f), total(rows.map(([a, b]) => Math.abs(a - b))) / total(y));
        expectSame(bias(y, f), (total(f) - total(y)) / total(y));
        expectSame(mase(y, f, 2), total(rows.map(([a, b]) => Math.abs(a - b))) / rows.length / 2);
        expectSame(rmsse(y, f, 4), Math.sqrt(total(rows.map(([a, b]) => (a - b) ** 2)) / rows.length / 4));
        const loss = total(rows.map(([a, b]) => (a >= b ? 2 * 0.9 * (a - b) : 2 * 0.1 * (b - a))));
        expectSame(pinball(y, f, 0.9), loss);
        expectSame(pinball(y, f, 0.5), total(rows.map(([a, b]) => Math.abs(a - b))));
      }),
    );
  });

  test("in percent agrees with its formula in one line, over the days above the stated floor", () => {
    fc.assert(
      fc.property(pairs, fc.double({ min: 0, max: 5_000, noNaN: true }), (rows, floor) => {
        const above = rows.filter(([actual]) => actual > floor);
        fc.pre(above.every(([actual]) => actual > 1e-3));
        const naive = total(above.map(([a, b]) => Math.abs(a - b) / a)) / above.length;
        const measured = mape(rows.map(([a]) => a), rows.map(([, b]) => b), floor);
        expect(Math.abs(measured - naive) <= 1e-9 * naive || (above.length === 0 && Number.isNaN(measured))).toBe(true);
      }),
    );
    expect(mape([0, 1, 10, 20], [5, 3, 11, 15], 1)).toBeCloseTo((0.1 + 0.25) / 2, 12);
    expect(() => mape([1], [1], -1)).toThrow("expected a floor of at least 0, got -1");
  });

  test("of a whole distribution agrees with its formula in one line", () => {
    const values = fc.array(fc.double({ min: 0, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 12 }).map((drawn) => drawn.toSorted((a, b) => a - b));
    fc.assert(
      fc.property(values, fc.array(fc.double({ min: 0, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 5 }), (x, y) => {
        const m = x.length;
        const levels = x.map((_, i) => (i + 0.5) / m);
        // Of equally likely values: E|X − y| − ½ E|X − X′| (Gneiting & Raftery 2007).
        const naive = total(y.map((day) => total(x.map((a) => Math.abs(a - day))) / m - total(x.flatMap((a) => x.map((b) => Math.abs(a - b)))) / (2 * m * m))) / y.length;
        expect(crps(y, levels, x.map((value) => y.map(() => value)))).toBeCloseTo(naive, 8);
        const [value = 0] = x;
        expect(crps(y, [0.5], [y.map(() => value)])).toBeCloseTo(total(y.map((day) => Math.abs(day - value))) / y.length, 8);
      }),
    );
  });

  test("of a distribution weighs each level by the levels that it stands for", () => {
    expect(crps([10], [0.1, 0.5], [[8], [9]])).toBeCloseTo(0.3 * 0.4 + 0.7 * 1, 12);
    expect(() => crps([1], [0.5], [])).toThrow("expected one row of quantiles for each of 1 levels, got 0");
  });

  test("is not a number where it is not defined", () => {
    expect(mape([0, 1], [1, 1], 1)).toBeNaN();
    expect(crps([], [0.5], [[]])).toBeNaN();
    expect(crps([1], [], [])).toBeNaN();
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
