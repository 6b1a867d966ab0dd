import { expect, test } from "vitest";
import { unitOf } from "./sales-unit.js";

test("a product is counted in the largest unit of which every day's demand is a multiple", () => {
  expect(unitOf(Float64Array.of(3, 0, 5, 1))).toBe(1);
  expect(unitOf(Float64Array.of(6, 0, 18, 12))).toBe(6);
  expect(unitOf(Float64Array.of(0.5, 1.25, 0))).toBeCloseTo(0.25, 9);
});

test("a product without demand is counted in ones, and one of thousands or of any weight in what makes a few hundred a day", () => {
  expect(unitOf(Float64Array.of(0, 0))).toBe(1);
  expect(unitOf(Float64Array.of(3999, 4001))).toBe(10);
  expect(unitOf(Float64Array.of(Math.SQRT2, Math.PI))).toBeCloseTo((Math.SQRT2 + Math.PI) / 800, 9);
});
