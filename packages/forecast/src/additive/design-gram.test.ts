import { describe, expect, test } from "vitest";
import { columnsOf, learnRecipe, writeDesign } from "../design.js";
import { lastDayOf, openDaysBetween } from "../series.js";
import type { Recipe } from "../simulated-product.js";
import { simulateProduct } from "../simulated-product.js";
import { largest } from "../vector.js";
import { designGram } from "./design-gram.js";
import { gramOf } from "./gram.js";

/** Share of the largest element: sums in another order. */
const ROUNDING = 1e-12;

describe("the Gram matrix of a design", () => {
  test.each<[string, Omit<Recipe, "seed" | "level">]>([
    ["two years", { days: 730 }],
    ["too short for a yearly curve", { days: 100 }],
    ["two weeks", { days: 14 }],
    ["closed on Sundays and for two months", { days: 900, isClosedOn: (day) => day % 7 === 3 || (day > 20_000 && day < 20_060) }],
    ["a single open day", { days: 30, isClosedOn: (day) => day % 30 !== 20 }],
  ])("is that of its columns, pair by pair: %s", (_what, recipe) => {
    const { series, drivers } = simulateProduct({ ...recipe, seed: 1, level: 50 });
    const { days } = openDaysBetween(series, series.start, lastDayOf(series));
    const learned = learnRecipe(days, drivers, lastDayOf(series));
    const matrix = writeDesign(learned, days, drivers);
    const expected = gramOf(matrix);
    const found = designGram(columnsOf(learned), days, matrix);
    expect(largest(expected.map((value, i) => Math.abs(value - (found[i] ?? Number.NaN))))).toBeLessThan(ROUNDING * Math.max(1, largest(expected)));
  });
});
