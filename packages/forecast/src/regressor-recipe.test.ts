import { describe, expect, test } from "vitest";
import type { Regressor } from "./drivers.js";
import { createRandom } from "./random.js";
import type { RegressorRecipe } from "./regressor-recipe.js";
import { curved, learnRegressor } from "./regressor-recipe.js";
import { mean } from "./vector.js";

const START = 19_000;
const DAYS = 800;
const SEED = 3;

const temperature = (isCurved: boolean): Regressor => {
  const random = createRandom(SEED);
  let anomaly = 0;
  const values = Float64Array.from({ length: DAYS }, (_, i) => {
    anomaly = 0.7 * anomaly + 6 * (random() - 0.5);
    return 10 - 8 * Math.cos((2 * Math.PI * (START + i)) / 365.25) + anomaly;
  });
  return { name: "temperature_c", start: START, values, isKnownAhead: false, ...(isCurved ? { isCurved } : {}) };
};
const days = Int32Array.from({ length: DAYS }, (_, i) => START + i);
const cutoff = START + DAYS - 1;
const recipeOf = (regressor: Regressor) => learnRegressor(regressor, days, cutoff) ?? expect.fail(`expected a recipe, seed ${SEED}`);

const curvedOn = (recipe: RegressorRecipe, regressor: Regressor, day: number): number => curved(recipe, regressor, Int32Array.of(day))[0] ?? Number.NaN;

describe("a curved driver", () => {
  test("tells frost and heat from an ordinary day, alike", () => {
    const regressor = temperature(true);
    const recipe = recipeOf(regressor);
    expect(recipe.hasCurve).toBe(true);
    const flat = temperature(false);
    const unusual = (by: number): number => {
      const values = flat.values.slice();
      values[400] = (values[400] ?? 0) + by;
      return curvedOn(recipe, { ...flat, values }, START + 400);
    };
    expect(unusual(12)).toBeGreaterThan(unusual(0) + 1);
    expect(unusual(-12)).toBeGreaterThan(unusual(0) + 1);
  });

  test("is nothing on average, so that leaving it unknown shifts no forecast", () => {
    const regressor = temperature(true);
    const recipe = recipeOf(regressor);
    expect(Math.abs(mean(curved(recipe, regressor, days)))).toBeLessThan(0.05);
    const ahead = [1, 7, 14, 60].map((step) => Math.abs(curvedOn(recipe, regressor, cutoff + step)));
    expect(ahead).toEqual(ahead.toSorted((a, b) => b - a));
    expect(ahead.at(-1)).toBeLessThan(1e-6);
  });

  test("takes what is assumed of a day ahead as it takes a day that was", () => {
    const regressor = temperature(true);
    const recipe = recipeOf(regressor);
    const assumed = (value: number) => curvedOn(recipe, { ...regressor, assumed: new Map([[cutoff + 20, value]]) }, cutoff + 20);
    expect(assumed(40)).toBeGreaterThan(2);
    expect(assumed(-30)).toBeGreaterThan(2);
    expect(Math.abs(curvedOn(recipe, regressor, cutoff + 20))).toBeLessThan(0.1);
  });

  test("believes how unusual an assumed day is less than the departure itself, where it is not fully trusted", () => {
    const regressor = temperature(true);
    const recipe = recipeOf(regressor);
    const day = cutoff + 20;
    const told = (trust: number) => curvedOn(recipe, { ...regressor, assumed: new Map([[day, 40]]), trust: new Map([[day, trust]]) }, day);
    expect(told(0)).toBe(curvedOn(recipe, regressor, day));
    expect(told(0.5)).toBeCloseTo(0.25 * told(1) + 0.75 * told(0), 12);
  });

  test("has one column when nobody says that it is curved, or when it is known ahead", () => {
    expect(recipeOf(temperature(false)).hasCurve).toBeUndefined();
    expect(recipeOf({ ...temperature(true), isKnownAhead: true }).hasCurve).toBeUndefined();
  });
});
