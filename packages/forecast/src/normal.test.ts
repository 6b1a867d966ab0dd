import { describe, expect, test } from "vitest";
import { normalDistribution, normalQuantile } from "./normal.js";

describe("the normal distribution", () => {
  // Abramowitz & Stegun 1964, table 26.1.
  test.each([[0, 0.5], [1, 0.8413447461], [1.96, 0.9750021049], [-1, 0.1586552539], [3, 0.9986501020]])("below %d lies a share of %d", (x, share) => {
    expect(normalDistribution(x)).toBeCloseTo(share, 6);
  });

  test("and its quantiles undo one another", () => {
    for (const level of [0.001, 0.1, 0.5, 0.8, 0.975]) expect(normalDistribution(normalQuantile(level))).toBeCloseTo(level, 6);
    expect(normalQuantile(0)).toBeCloseTo(-6, 5);
    expect(normalQuantile(1)).toBeCloseTo(6, 5);
  });
});
