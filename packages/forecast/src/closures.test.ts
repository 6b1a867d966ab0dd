import { describe, expect, test } from "vitest";
import { learnClosures, neighboursOf } from "./closures.js";
import { weekdayOf } from "./series.js";
import { SIMULATION_START as START } from "./simulated-product.js";

const NOTHING = { regressors: [], specialDays: [] };
/** Ten weeks without Sundays, closed on the third Wednesday. */
const WEDNESDAY = START + 16;
const days = Int32Array.from(Array.from({ length: 70 }, (_, i) => START + i).filter((day) => weekdayOf(day) !== 6 && day !== WEDNESDAY));
const last = days.at(-1) ?? 0;
const closures = learnClosures(days, 69, last);

describe("a closure", () => {
  test("is felt on the day before and the day after", () => {
    const { isBefore, isAfter } = neighboursOf(closures, days, NOTHING);
    expect([...days].filter(isBefore)).toEqual([WEDNESDAY - 1]);
    expect([...days].filter(isAfter)).toEqual([WEDNESDAY + 1]);
  });

  test("ahead is known from the plan, or from the days that are asked for", () => {
    const ahead = Int32Array.from({ length: 14 }, (_, i) => last + 2 + i);
    const open = ahead.filter((day) => weekdayOf(day) !== 6 && day !== last + 5);
    const planned = neighboursOf(closures, ahead, { ...NOTHING, openAhead: [...open] });
    const asked = neighboursOf(closures, open, NOTHING);
    for (const { isBefore, isAfter } of [planned, asked]) {
      expect([...open].filter(isBefore)).toEqual([last + 4]);
      expect([...open].filter(isAfter)).toEqual([last + 6]);
    }
  });

  test("on the eve of the first day ahead is remembered from the history", () => {
    const closedAtTheEnd = learnClosures(days.subarray(0, -1), 69, last);
    const { isAfter } = neighboursOf(closedAtTheEnd, Int32Array.of(last + 1, last + 2), NOTHING);
    expect(isAfter(last + 1)).toBe(true);
    expect(neighboursOf(closures, Int32Array.of(last + 1, last + 2), NOTHING).isAfter(last + 1)).toBe(false);
  });

  test("that nobody announced is none", () => {
    const { isBefore, isAfter } = neighboursOf(closures, Int32Array.of(last + 2, last + 3), NOTHING);
    expect(isBefore(last + 3)).toBe(false);
    expect(isAfter(last + 2)).toBe(false);
  });
});
