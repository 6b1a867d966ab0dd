import { describe, expect, test } from "vitest";
import type { Fold } from "./backtest.js";
import { learnWidening, widen } from "./conformal.js";
import { coverage } from "./metrics.js";
import { LEVELS, outlookAround, quantileAt } from "./outlook.js";
import { normalQuantile } from "./normal.js";
import { createRandom } from "./random.js";
import { learnTransform } from "./transform.js";

/** As if all days lay half-way or next to it. */
const stepOf = (i: number) => 7 + (i % 2);

/** A fold whose noise is `truth` times as wide as the model believes. */
const foldWith = (seed: number, truth: number, days: number): Fold => {
  const random = createRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const actual = Float64Array.from({ length: days }, () => 100 + 10 * truth * normal());
  const believed = LEVELS.map((level) => 10 * normalQuantile(level));
  const identity = learnTransform("linear", Float64Array.of(1));
  const outlook = outlookAround(new Float64Array(days).fill(100), believed, { ...identity, ceiling: 1e6 });
  return { cutoff: 0, spanDays: 730, days: Int32Array.from({ length: days }, (_, i) => stepOf(i)), actual, outlook, naive: { absolute: 1, squared: 1 } };
};

describe("the widening", () => {
  test.each([0.8, 1, 1.5])("makes intervals cover where the noise is %d times what the model believed", (truth) => {
    const widening = learnWidening({ folds: [foldWith(1, truth, 400), foldWith(2, truth, 400)] });
    const { actual, outlook } = foldWith(3, truth, 2_000);
    const served = widen(outlook, widening, stepOf);
    const covered = coverage(actual, quantileAt(served, 0.1), quantileAt(served, 0.9));
    expect(covered).toBeGreaterThan(0.77);
    expect(covered).toBeLessThan(0.84);
  });

  test("leaves a model as it is when the back-test has nothing to say, and nearly so when it says little", () => {
    const nothingSold = { ...foldWith(1, 1, 3), outlook: LEVELS.map(() => new Float64Array(3)) };
    expect(learnWidening({ folds: [nothingSold] })).toEqual({ low: 1, high: 1 });
    expect(learnWidening({ folds: [foldWith(1, 2, 3)] }).high).toBeLessThan(1.1);
  });

  test("expects more of a history that has met one season only, and less the more of a year it has seen", () => {
    const ofSpan = (spanDays: number) => learnWidening({ folds: [{ ...foldWith(1, 1, 40), spanDays }] }).high;
    expect(ofSpan(120)).toBeGreaterThan(1.08 * ofSpan(365));
    expect(ofSpan(120)).toBe(ofSpan(182));
    expect(ofSpan(270)).toBeLessThan(ofSpan(182));
    expect(ofSpan(270)).toBeGreaterThan(ofSpan(365));
    expect(ofSpan(365)).toBe(ofSpan(2_000));
    expect(learnWidening({ folds: [] }).high).toBeGreaterThan(1.1);
  });

  test("expects a tenth less of counts, whatever their history", () => {
    const ofSpan = (spanDays: number) => learnWidening({ isCount: true, folds: [{ ...foldWith(1, 1, 40), spanDays }] });
    expect(learnWidening({ isCount: true, folds: [] })).toEqual({ low: 0.9, high: 0.9 });
    expect(ofSpan(120)).toEqual(ofSpan(2_000));
    expect(ofSpan(2_000).high).toBeLessThan(learnWidening({ folds: [foldWith(1, 1, 40)] }).high);
  });

  test("of a model of schema version 2 grows with the days ahead", () => {
    const { outlook } = foldWith(5, 1, 2);
    const reach = (step: number) => (quantileAt(widen(outlook, { low: 1, high: 1, growthPerDay: 0.02 }, () => step), 0.9)[0] ?? 0) - 100;
    expect(reach(14)).toBeGreaterThan(1.1 * reach(1));
    expect(reach(400)).toBeLessThan(1.5 * reach(1));
  });

  test("hardly follows one odd fortnight", () => {
    const calm = [foldWith(7, 1, 14), foldWith(8, 1, 14), foldWith(9, 1, 14)];
    const odd = [foldWith(7, 3, 14), ...calm.slice(1)];
    const [usual, shaken] = [learnWidening({ folds: calm }), learnWidening({ folds: odd })];
    expect(shaken.high).toBeGreaterThan(usual.high);
    expect(shaken.high).toBeLessThan(1.25 * usual.high);
  });

  test("leaves the median alone, and nothing below zero", () => {
    const { outlook } = foldWith(4, 1, 5);
    const served = widen(outlook, { low: 20, high: 1 }, stepOf);
    expect(quantileAt(served, 0.5)).toEqual(quantileAt(outlook, 0.5));
    expect(Math.min(...quantileAt(served, 0.01))).toBe(0);
  });
});
