import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cusum } from "./cusum.js";
import { normalQuantile } from "./normal.js";
import { createRandom } from "./random.js";

const RULE = { slack: 0.5, threshold: 4 };
const draws = (seed: number, days: number, shift = 0): number[] => {
  const random = createRandom(seed);
  return Array.from({ length: days }, () => normalQuantile(random()) + shift);
};

describe("the cumulative sum test", () => {
  it("adds up what lies beyond the slack, from where it last was at nothing", () => {
    // 1 − ½ = ½; ½ − 1 − ½ < 0 begins anew; then 1½ a day: 1½, 3, 4½.
    expect(cusum([1, -1, 2, 2, 2], RULE)).toEqual({ direction: "up", at: 4, since: 2, statistic: 4.5 });
    expect(cusum([0.2, -2, -2, -2, 5], RULE)).toEqual({ direction: "down", at: 3, since: 1, statistic: 4.5 });
    expect(cusum([1, -1, 2, 2], RULE)).toBeNull();
    expect(cusum([], RULE)).toBeNull();
  });

  it("tells the same of a fall as of a rise", () => {
    fc.assert(fc.property(fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { maxLength: 60 }), (scores) => {
      const [rise, fall] = [cusum(scores, RULE), cusum(scores.map((score) => -score), RULE)];
      expect(fall && { ...fall, direction: fall.direction === "up" ? "down" : "up" }).toEqual(rise);
    }));
  });

  it("does not alarm of days within the slack, however many", () => {
    expect(cusum(Array.from({ length: 10_000 }, (_, i) => (i % 2 === 0 ? 0.5 : -0.5)), RULE)).toBeNull();
  });

  // Siegmund 1985: with slack 1/2 and threshold 4, of independent normal days, 168 on average until a false alarm of both
  // sides together; and 8.4 where the mean has moved by one standard deviation.
  it("has the run lengths that theory gives it", () => {
    const mean = (shift: number, first: number, days: number) => {
      const lengths = Array.from({ length: 400 }, (_, i) => (cusum(draws(first + i, days, shift), RULE)?.at ?? days) + 1);
      return lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
    };
    expect(mean(0, 1, 1_600)).toBeGreaterThan(140);
    expect(mean(0, 1, 1_600)).toBeLessThan(200);
    expect(mean(1, 9_000, 80)).toBeGreaterThan(7.6);
    expect(mean(1, 9_000, 80)).toBeLessThan(9.2);
  });
});
