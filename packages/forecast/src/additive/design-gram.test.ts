import { describe, expect, test } from "vitest";
import { columnsOf, learnRecipe, writeDesign } from "../design.js";
import { lastDayOf, openDaysBetween } from "../series.js";
import type { Recipe } from "../simulated-product.js";
import { simulateProduct } from "../simulated-product.js";
import { largest } from "../vector.js";
import { designGram, designMoments, patternOf } from "./design-gram.js";
import { gramOf, momentsOf } from "./gram.js";

/** Share of the largest element: sums in another order. */
const ROUNDING = 1e-12;

describe("the products of a design", () => {
  test.each<[string, Omit<Recipe, "seed" | "level">]>([
    ["two years", { days: 730 }],
    ["too short for a yearly curve", { days: 100 }],
    ["two weeks", { days: 14 }],
    ["closed on Sundays and for two months", { days: 900, isClosedOn: (day) => day % 7 === 3 || (day > 20_000 && day < 20_060) }],
    ["a single open day", { days: 30, isClosedOn: (day) => day % 30 !== 20 }],
  ])("are those of its columns, pair by pair, and of each with demand: %s", (_what, recipe) => {
    const { series, drivers } = simulateProduct({ ...recipe, seed: 1, level: 50 });
    const { days, y } = openDaysBetween(series, series.start, lastDayOf(series));
    const learned = learnRecipe(days, drivers, lastDayOf(series));
    const matrix = writeDesign(learned, days, drivers);
    const pattern = patternOf(columnsOf(learned), days, matrix);
    for (const [found, expected] of [[designGram(pattern, matrix), gramOf(matrix)], [designMoments(pattern, matrix, y), momentsOf(matrix, y)]] as const) {
      expect(found).toHaveLength(expected.length);
      expect(largest(expected.map((value, i) => Math.abs(value - (found[i] ?? Number.NaN))))).toBeLessThan(ROUNDING * Math.max(1, largest(expected)));
    }
  });
});
