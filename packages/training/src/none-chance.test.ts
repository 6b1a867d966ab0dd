import { fromEpochDay } from "@levain/calendar";
import type { DailyForecast } from "@levain/contracts";
import { describe, expect, test } from "vitest";
import { noneChance, noneMost } from "./none-chance.js";

const CUTOFF = 20_000;
/** Of the two days after the cutoff: one sale or more in nine of ten cases, and hardly ever one. */
const forecast: DailyForecast = { days: [CUTOFF + 1, CUTOFF + 2].map(fromEpochDay), levels: [0.05, 0.1, 0.5, 0.9], values: [[0.4, 0], [0.6, 0], [2.2, 0.1], [5, 0.3]] };
const champion = { cutoff: fromEpochDay(CUTOFF), forecast };
const ending = (...newest: number[]) => ({ start: CUTOFF - 9, y: Float64Array.from([...new Array<number>(10).fill(3), ...newest]) });

describe("the chance of none", () => {
  test("is at most the level from which on a sale is nearer than none, and certain where none is", () => {
    expect(noneMost(forecast, 0)).toBe(0.1);
    expect(noneMost(forecast, 1)).toBe(1);
  });

  test("is told of the newest day that counts, by what the champion said before", () => {
    expect(noneChance(ending(0), champion)).toBe(0.1);
    expect(noneChance(ending(0, Number.NaN), champion), "closed on the day after").toBe(0.1);
    expect(noneChance(ending(4, 0), champion)).toBe(1);
  });

  test("is none where something was sold, and says nothing where the champion did not", () => {
    expect(noneChance(ending(2), champion)).toBeNull();
    expect(noneChance(ending(0), null)).toBe(1);
    expect(noneChance(ending(0), { ...champion, cutoff: fromEpochDay(CUTOFF + 1) }), "a day that it was made of").toBe(1);
    expect(noneChance(ending(1, 1, 0), champion), "a day further than it told of").toBe(1);
  });
});
