import { describe, expect, test } from "vitest";
import { learnCorrection } from "./level-correction.js";

const shifted = Float64Array.from({ length: 100 }, (_, i) => (i < 70 ? 0 : 0.4));

describe("the level correction", () => {
  test("comes to stand where the last residuals stand", () => {
    expect(learnCorrection(shifted, { weight: 0.15, fade: 0.98 }).value).toBeCloseTo(0.4, 1);
  });

  test("leaves as innovations what could not be foreseen on their eve", () => {
    const { innovations } = learnCorrection(shifted, { weight: 0.15, fade: 0.98 });
    expect(innovations[70]).toBeCloseTo(0.4, 9);
    expect(Math.abs(innovations[99] ?? 1)).toBeLessThan(0.01);
  });

  test("of no weight changes nothing", () => {
    const { value, innovations } = learnCorrection(shifted, { weight: 0, fade: 0.98 });
    expect(value).toBe(0);
    expect(innovations).toEqual(shifted);
  });
});
