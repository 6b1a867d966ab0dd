import { describe, expect, test } from "vitest";
import type { ColumnGroup } from "../design.js";
import { columnsOf, learnRecipe, writeDesign } from "../design.js";
import { lastDayOf, openDaysBetween } from "../series.js";
import type { Recipe } from "../simulated-product.js";
import { simulateProduct } from "../simulated-product.js";
import { largest } from "../vector.js";
import { designGram, designMoments } from "./design-gram.js";
import { elements, gramOf, momentsOf, principal } from "./gram.js";
import { patternOf } from "./pattern.js";

/** Share of the largest element: sums in another order. */
const ROUNDING = 1e-12;

describe("the products of a design", () => {
  test.each<[string, Omit<Recipe, "seed" | "level">]>([
    ["two years", { days: 730 }],
    ["too short for a yearly curve", { days: 100 }],
    ["two weeks", { days: 14 }],
    ["closed on Sundays and for two months", { days: 900, isClosedOn: (day) => day % 7 === 3 || (day > 20_000 && day < 20_060) }],
    ["a single open day", { days: 30, isClosedOn: (day) => day % 30 !== 20 }],
  ])("are those of its columns, pair by pair, and of each with demand, whichever are used: %s", (_what, recipe) => {
    const { series, drivers } = simulateProduct({ ...recipe, seed: 1, level: 50 });
    const { days, y } = openDaysBetween(series, series.start, lastDayOf(series));
    const learned = learnRecipe(days, drivers, lastDayOf(series));
    const matrix = writeDesign(learned, days, drivers);
    const columns = columnsOf(learned);
    const all = Array.from(columns.keys());
    const without = (...groups: ColumnGroup[]) => all.filter((column) => !groups.includes(columns[column]?.group ?? "level"));
    for (const used of [all, all.toReversed(), without("weekly", "yearly"), without("weekly-by-season", "changepoint"), without("special", "regressor"), all.filter((column) => (columns[column]?.order ?? 0) <= 2)]) {
      const pattern = patternOf(columns, days, matrix, used);
      expectClose(principal(designGram(pattern, matrix), matrix.k, used), principal(gramOf(matrix), matrix.k, used));
      expectClose(elements(designMoments(pattern, matrix, y), used), elements(momentsOf(matrix, y), used));
    }
  });
});

const expectClose = (found: Float64Array, expected: Float64Array): void => {
  expect(found).toHaveLength(expected.length);
  expect(largest(expected.map((value, i) => Math.abs(value - (found[i] ?? Number.NaN))))).toBeLessThan(ROUNDING * Math.max(1, largest(expected)));
};
