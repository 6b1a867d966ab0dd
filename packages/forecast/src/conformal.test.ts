import { describe, expect, test } from "vitest";
import type { Fold } from "./backtest.js";
import { learnWidening, UNSEEN, widen } from "./conformal.js";
import { coverage } from "./metrics.js";
import { LEVELS, outlookAround, quantileAt } from "./outlook.js";
import { createRandom } from "./random.js";
import { learnTransform } from "./transform.js";

const NORMAL_90 = 1.2816;

/** A fold whose noise is `truth` times as wide as the model believes. */
const foldWith = (seed: number, truth: number, days: number): Fold => {
  const random = createRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const actual = Float64Array.from({ length: days }, () => 100 + 10 * truth * normal());
  const believed = LEVELS.map((level) => 10 * NORMAL_90 * (level < 0.5 ? -1 : level > 0.5 ? 1 : 0) * (Math.abs(level - 0.5) / 0.4));
  const identity = learnTransform("linear", Float64Array.of(1));
  const outlook = outlookAround(new Float64Array(days).fill(100), believed, { ...identity, ceiling: 1e6 });
  return { cutoff: 0, days: new Int32Array(days), actual, outlook, naive: { absolute: 1, squared: 1 } };
};

describe("the widening", () => {
  test.each([0.8, 1, 1.5])("makes intervals cover where the noise is %d times what the model believed", (truth) => {
    const widening = learnWidening([foldWith(1, truth, 300), foldWith(2, truth, 300)]);
    const { actual, outlook } = foldWith(3, truth, 2_000);
    const served = widen(outlook, widening);
    const covered = coverage(actual, quantileAt(served, 0.1), quantileAt(served, 0.9));
    expect(covered).toBeGreaterThan(0.77);
    expect(covered).toBeLessThan(0.84);
  });

  test("keeps to the expectation when the back-test has nothing to say", () => {
    expect(learnWidening([])).toEqual(UNSEEN);
    expect(learnWidening([foldWith(1, 2, 3)]).high).toBeLessThan(2);
  });

  test("leaves the median alone, and nothing below zero", () => {
    const { outlook } = foldWith(4, 1, 5);
    const served = widen(outlook, { low: 20, high: 1 });
    expect(quantileAt(served, 0.5)).toEqual(quantileAt(outlook, 0.5));
    expect(Math.min(...quantileAt(served, 0.01))).toBe(0);
  });
});
