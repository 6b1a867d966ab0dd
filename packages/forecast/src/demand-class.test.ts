import { describe, expect, test } from "vitest";
import { demandClass } from "./demand-class.js";

const THRESHOLDS = { highUnitsPerDay: 20, mediumUnitsPerDay: 5, intermittentAdi: 1.32 };
const classOf = (y: readonly number[]) => demandClass({ start: 20_000, y: Float64Array.from(y) }, THRESHOLDS);
const repeat = (days: number, week: readonly number[]) => Array.from({ length: days }, (_, i) => week[i % week.length] ?? 0);

describe("a demand class", () => {
  test("follows the units per open day", () => {
    expect(classOf(repeat(100, [20]))).toBe("high");
    expect(classOf(repeat(100, [19, 20]))).toBe("medium");
    expect(classOf(repeat(100, [4, 5]))).toBe("low");
  });

  test("is intermittent from 1.32 open days per demand", () => {
    expect(classOf(repeat(100, [9, 9, 9, 0]))).toBe("intermittent");
    expect(classOf(repeat(100, [9, 9, 9, 9, 0]))).toBe("medium");
    expect(classOf(repeat(100, [0]))).toBe("intermittent");
  });

  test("does not count closed days as days without demand", () => {
    expect(classOf(repeat(100, [9, Number.NaN, Number.NaN]))).toBe("medium");
  });

  test("looks at the last year only", () => {
    expect(classOf([...repeat(400, [100]), ...repeat(365, [2])])).toBe("low");
  });
});
