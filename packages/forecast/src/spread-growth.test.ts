import { describe, expect, test } from "vitest";
import { normalQuantile } from "./normal.js";
import { createRandom } from "./random.js";
import { growthOf, spreadAt } from "./spread-growth.js";

const DAYS = 365;

/** Days that expect 80 or 120, with errors as large as their expectation to the given power. */
const daysWith = (power: number, seed = 1) => {
  const random = createRandom(seed);
  const expected = Float64Array.from({ length: DAYS }, (_, i) => (i % 2 === 0 ? 80 : 120));
  return { expected, innovations: expected.map((value) => 0.1 * value ** power * normalQuantile(random())) };
};
const ratioOf = ({ expected, innovations }: ReturnType<typeof daysWith>): number => {
  const growth = growthOf(expected, innovations);
  return spreadAt(growth, 120) / spreadAt(growth, 80);
};

describe("the spread of errors", () => {
  test.each([-1, 0, 1])("grows with the expected demand as that of the past has done, power %d", (power) => {
    const ratios = Array.from({ length: 20 }, (_, seed) => Math.log(ratioOf(daysWith(power, seed + 1))));
    const told = ratios.reduce((total, each) => total + each, 0) / ratios.length;
    // A line through the sizes, drawn towards a flat one by a tenth.
    expect(told).toBeGreaterThan(power * Math.log(1.5) - 0.1);
    expect(told).toBeLessThan(power * Math.log(1.5) + 0.1);
  });

  test("is the same everywhere where nothing is known of its growth", () => {
    for (const expected of [new Float64Array(), new Float64Array(50), new Float64Array(50).fill(7)]) {
      const growth = growthOf(expected, expected.map((_, i) => (i % 3) - 1));
      expect(spreadAt(growth, 3)).toBe(1);
      expect(spreadAt(growth, 30)).toBe(1);
    }
    const foreseen = growthOf(daysWith(1).expected, new Float64Array(DAYS));
    expect(spreadAt(foreseen, 500)).toBe(1);
  });

  test("hardly follows a day a hundred times as far off as others, and stays within bounds far from what was seen", () => {
    const { expected, innovations } = daysWith(0);
    const slip = innovations.map((innovation, i) => (i === 1 ? 10 : innovation));
    expect(ratioOf({ expected, innovations: slip })).toBeCloseTo(ratioOf({ expected, innovations }), 1);
    const growth = growthOf(expected, daysWith(1).innovations);
    expect(spreadAt(growth, 1e6)).toBe(2);
    expect(spreadAt(growth, -1e6)).toBe(0.5);
  });
});
