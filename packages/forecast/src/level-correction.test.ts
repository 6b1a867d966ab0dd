import { describe, expect, test } from "vitest";
import { weekdayOf } from "./series.js";
import { learnCorrection } from "./level-correction.js";

const days = Int32Array.from({ length: 100 }, (_, i) => 19_000 + i);

const shifted = Float64Array.from({ length: 100 }, (_, i) => (i < 70 ? 0 : 0.4));

describe("the level correction", () => {
  test("comes to stand where the last residuals stand", () => {
    expect(learnCorrection(shifted, days, { weight: 0.15, fade: 0.98 }).value).toBeCloseTo(0.4, 1);
  });

  test("leaves as innovations what could not be foreseen on their eve", () => {
    const { innovations } = learnCorrection(shifted, days, { weight: 0.15, fade: 0.98 });
    expect(innovations[70]).toBeCloseTo(0.4, 9);
    expect(Math.abs(innovations[99] ?? 1)).toBeLessThan(0.01);
  });

  test("of no weight changes nothing", () => {
    const { value, innovations } = learnCorrection(shifted, days, { weight: 0, fade: 0.98 });
    expect(value).toBe(0);
    expect(innovations).toEqual(shifted);
  });

  test("follows a weekday that has come to differ from the others", () => {
    const tuesdays = Float64Array.from(days, (day, i) => (i > 30 && weekdayOf(day) === 1 ? 0.3 : 0));
    const { weekdays } = learnCorrection(tuesdays, days, { weight: 0.05, fade: 0.98, weekdayWeight: 0.2 });
    expect(weekdays?.[1]).toBeGreaterThan(0.15);
    expect(weekdays?.filter((_, weekday) => weekday !== 1).every((value) => Math.abs(value) < 0.1)).toBe(true);
    expect(learnCorrection(tuesdays, days, { weight: 0.05, fade: 0.98 }).weekdays).toBeNull();
  });
});
