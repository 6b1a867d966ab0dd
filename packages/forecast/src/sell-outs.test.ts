import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fit, predict, tune } from "./index.js";
import { demandBehind, withoutSellOuts } from "./sell-outs.js";
import { simulateProduct } from "./simulated-product.js";
import { mean } from "./vector.js";

const LEVEL = 40;
const productOf = (seed: number) => simulateProduct({ days: 400, seed, level: LEVEL, noise: 0.25, saturday: 1, summer: 1, holiday: 1 });
const { series, drivers, expectedOn } = productOf(4);
const days = Int32Array.from(series.y, (_, i) => series.start + i);
/** The same demand from a shelf of `stock` a day. */
const shelf = (stock: number, { y } = series) => ({ open: { days, y: y.map((wanted) => Math.min(wanted, stock)) }, soldOut: [...days].filter((_, i) => (y[i] ?? 0) >= stock) });

describe("demand behind an empty shelf", () => {
  test("is what was sold where nothing sold out", () => {
    const { open } = shelf(1_000);
    expect(demandBehind(open)).toBe(open);
    expect(demandBehind(open, [])).toBe(open);
  });

  test.each([1.2, 1, 0.85])("is as much on the whole as people had wanted, with a shelf of %d of it", (share) => {
    const errors = Array.from({ length: 10 }, (_, i) => {
      const { series: wanted } = productOf(i + 1);
      const { open, soldOut } = shelf(Math.round(LEVEL * share), wanted);
      return { behind: mean(demandBehind(open, soldOut).y) / mean(wanted.y) - 1, sold: mean(open.y) / mean(wanted.y) - 1 };
    });
    const error = Math.abs(mean(errors.map(({ behind }) => behind)));
    expect(error).toBeLessThan(0.05);
    expect(error).toBeLessThan(0.5 * Math.abs(mean(errors.map(({ sold }) => sold))));
  });

  test("is never less than was sold, finite, and untouched on every other day", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 50 }), fc.boolean()), { maxLength: 60 }), (sold) => {
        const open = { days: Int32Array.from(sold, (_, i) => i), y: Float64Array.from(sold, ([y]) => y) };
        const soldOut = sold.flatMap(([, isEmpty], i) => (isEmpty ? [i] : []));
        for (const [i, y] of demandBehind(open, soldOut).y.entries()) {
          const [least = 0, isEmpty = false] = sold[i] ?? [];
          expect(Number.isFinite(y) && (isEmpty ? y >= least : y === least)).toBe(true);
        }
      }),
      { seed: 21 },
    );
  });

  test("is not what a forecast is judged by", () => {
    const { open, soldOut } = shelf(LEVEL);
    const seen = withoutSellOuts(open, soldOut);
    expect(seen.days.length).toBe(days.length - soldOut.length);
    expect(seen.y.every((y) => y < LEVEL)).toBe(true);
  });
});

describe("a bakery that bakes what it is advised, and a little less", () => {
  const WEEKS = 12;
  const HISTORY_DAYS = 300;

  /** Median forecast over demand in the last four weeks. */
  const afterWeeks = (isMarked: boolean): number => {
    const sold = [...series.y.subarray(0, HISTORY_DAYS)];
    const soldOut: number[] = [];
    let [forecast, demand] = [0, 0];
    for (let week = 0; week < WEEKS; week += 1) {
      const known = { start: series.start, y: Float64Array.from(sold), ...(isMarked ? { soldOut: [...soldOut] } : {}) };
      const { spec, backtest } = tune(known, drivers, { demandClass: "high", trials: 8, plan: { horizonDays: 7, folds: 2, stepDays: 7 }, seed: 1 });
      const model = fit(spec, known, drivers, { backtest, seed: 1 });
      const [baked = new Float64Array(), median = new Float64Array()] = predict(model, { start: series.start + sold.length, days: 7, drivers, levels: [0.4, 0.5] }).values;
      for (const [i, quantity] of baked.entries()) {
        const wanted = series.y[sold.length] ?? 0;
        if (week >= WEEKS - 4) [forecast, demand] = [forecast + (median[i] ?? 0), demand + expectedOn(series.start + sold.length)];
        if (wanted >= Math.round(quantity)) soldOut.push(series.start + sold.length);
        sold.push(Math.min(wanted, Math.round(quantity)));
      }
    }
    return forecast / demand;
  };

  test("does not spiral down when it says which days sold out, and does when it does not", () => {
    expect(afterWeeks(true)).toBeGreaterThan(0.94);
    expect(afterWeeks(false)).toBeLessThan(0.9);
  });
});
