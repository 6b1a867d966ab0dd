import { describe, expect, test } from "vitest";
import { candidates } from "./candidates.js";
import { fit, predict } from "./index.js";
import { occasionsOf } from "./occasions.js";
import { createRandom } from "./random.js";
import type { EpochDay } from "./series.js";

const on = (date: string): EpochDay => Date.parse(`${date}T00:00:00Z`) / 86_400_000;
const strengthOf = (name: string, holidays: readonly string[], date: string): number | undefined =>
  occasionsOf(holidays.map((holiday) => ({ name: holiday, days: [on(holiday)] }))).find((occasion) => occasion.name === name)?.strengthOn(on(date));

describe("a long weekend", () => {
  test("reaches from a Thursday that is a holiday over its bridge to Sunday", () => {
    const ascension = ["2022-05-26"];
    const days = ["2022-05-25", "2022-05-26", "2022-05-27", "2022-05-28", "2022-05-29", "2022-05-30"];
    expect(days.map((day) => strengthOf("long weekend", ascension, day))).toEqual([0, 0, 1, 1, 1, 0]);
    expect(days.map((day) => strengthOf("bridge day", ascension, day))).toEqual([0, 0, 1, 0, 0, 0]);
  });

  test("is what comes before a Monday that is a holiday, and lies between Good Friday and Easter Monday", () => {
    expect(["2022-06-03", "2022-06-04", "2022-06-05", "2022-06-06"].map((day) => strengthOf("long weekend", ["2022-06-06"], day))).toEqual([0, 1, 1, 0]);
    expect(["2022-04-15", "2022-04-16", "2022-04-17", "2022-04-18"].map((day) => strengthOf("long weekend", ["2022-04-15", "2022-04-18"], day))).toEqual([0, 1, 1, 0]);
  });

  test("is not made by a holiday in the middle of the week, nor by one on a Saturday", () => {
    expect(["2022-06-14", "2022-06-16", "2022-06-18"].map((day) => strengthOf("long weekend", ["2022-06-15"], day))).toEqual([0, 0, 0]);
    expect(["2022-01-01", "2022-01-02"].map((day) => strengthOf("long weekend", ["2022-01-01"], day))).toEqual([0, 0]);
  });
});

describe("the turn of the year", () => {
  test("rises through Advent and comes back on the same dates every year", () => {
    for (const year of [1999, 2012, 2023, 2024]) {
      expect(strengthOf("Advent", [], `${year}-11-30`)).toBe(0);
      expect(strengthOf("Advent", [], `${year}-12-12`)).toBe(0.5);
      expect(strengthOf("Advent", [], `${year}-12-24`)).toBe(1);
      expect(strengthOf("Advent", [], `${year}-12-25`)).toBe(0);
      expect(strengthOf("last days before Christmas", [], `${year}-12-20`)).toBe(1);
      expect(strengthOf("day before Christmas Eve", [], `${year}-12-23`)).toBe(1);
      expect(strengthOf("between Christmas and New Year", [], `${year}-12-27`)).toBe(1);
      expect(strengthOf("first days of January", [], `${year}-01-06`)).toBe(1);
      expect(strengthOf("first days of January", [], `${year}-01-07`)).toBe(0);
    }
  });
});

describe("a model that knows its families", () => {
  const start = on("2021-01-01");
  const [additive] = candidates({ demandClass: "high", horizonDays: 14, spanDays: 700 }, 30, createRandom(1)).filter(({ family }) => family === "additive");

  test("expects of this Advent what the last one brought", () => {
    const { strengthOn: adventOn } = occasionsOf([]).find(({ name }) => name === "Advent") ?? expect.fail("expected an Advent");
    const y = Float64Array.from({ length: on("2022-12-10") - start }, (_, i) => 100 * (1 + adventOn(start + i)) + (i % 3));
    const spec = additive ?? expect.fail("expected an additive candidate");
    const drivers = { regressors: [], specialDays: [] };
    const model = fit(spec, { start, y }, drivers, { backtest: { folds: [] }, seed: 1 });
    const median = predict(model, { start: start + y.length, days: 14, drivers, levels: [0.5] }).values[0] ?? expect.fail("expected a median");
    // Shrunk towards an ordinary December, so not all of it.
    expect(median[13]).toBeGreaterThan(175);
    expect(median[13]).toBeLessThan(205);
  });
});
