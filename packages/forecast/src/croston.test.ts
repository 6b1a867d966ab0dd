import { describe, expect, test } from "vitest";
import { demandRate } from "./croston.js";
import { createRandom } from "./random.js";

describe("the rate of a demand that comes now and then", () => {
  test("is what is sold a day when size and distance never change", () => {
    const demand = Array.from({ length: 120 }, (_, day) => (day % 4 === 3 ? 6 : 0));
    expect(demandRate("croston", demand, 0.1)).toBeCloseTo(1.5, 9);
    expect(demandRate("syntetos-boylan", demand, 0.1)).toBeCloseTo(0.95 * 1.5, 9);
    expect(demandRate("teunter-syntetos-babai", demand, 0.01)).toBeCloseTo(1.5, 1);
  });

  test("smooths size and distance apart from one another", () => {
    // Sizes 4, 8 and distances 2, 3: eight demands would be the start, so the two are it, and are then smoothed in.
    const [size, gap] = [6, 2.5];
    const afterFirst = [size + 0.2 * (4 - size), gap + 0.2 * (2 - gap)] as const;
    const expected = (afterFirst[0] + 0.2 * (8 - afterFirst[0])) / (afterFirst[1] + 0.2 * (3 - afterFirst[1]));
    expect(demandRate("croston", [0, 4, 0, 0, 8], 0.2)).toBeCloseTo(expected, 12);
  });

  test("fades once nobody asks any more, where the probability is smoothed, and stands still where the distance is", () => {
    const sold = Array.from({ length: 100 }, (_, day) => (day % 3 === 0 ? 2 : 0));
    const abandoned = [...sold, ...Array.from({ length: 60 }, () => 0)];
    expect(demandRate("teunter-syntetos-babai", abandoned, 0.1)).toBeLessThan(0.01 * demandRate("teunter-syntetos-babai", sold, 0.1));
    expect(demandRate("croston", abandoned, 0.1)).toBe(demandRate("croston", sold, 0.1));
  });

  test("is too high by Croston's quotient, and nearer the truth once its bias is taken off", () => {
    const seed = 11;
    const random = createRandom(seed);
    const rates = Array.from({ length: 400 }, () => {
      const demand = Array.from({ length: 400 }, () => (random() < 0.25 ? 1 : 0));
      return [demandRate("croston", demand, 0.3), demandRate("syntetos-boylan", demand, 0.3)] as const;
    });
    const meanOf = (which: 0 | 1) => rates.reduce((total, rate) => total + rate[which], 0) / rates.length;
    expect(meanOf(0), `seed ${seed}`).toBeGreaterThan(0.25 * 1.08);
    expect(Math.abs(meanOf(1) - 0.25), `seed ${seed}`).toBeLessThan(0.8 * (meanOf(0) - 0.25));
  });

  test("is zero where nothing was ever sold", () => {
    for (const method of ["croston", "syntetos-boylan", "teunter-syntetos-babai"] as const) expect(demandRate(method, [0, 0, 0], 0.1)).toBe(0);
  });
});
