import { toEpochDay } from "@levain/calendar";
import { describe, expect, test } from "vitest";
import { columnsAhead, contextAhead, driversAhead } from "./days-ahead.js";
import { contextOf, CUTOFF, calendarColumn, day, daysBetween, openDaysBetween, sharedCalendar } from "./sample-shop.js";

const SHOP = "zero-unless-shop-closed";
const offsets = (days: readonly number[] = []) => days.map((each) => each - toEpochDay(CUTOFF));

describe("the days ahead of a stored model", () => {
  test("are open as planned, and beyond the plan as the shop's week is", () => {
    const { openAhead } = driversAhead(contextOf(), [], SHOP);
    const mondays = [1, 8, 15, 22, 29];
    expect(offsets(openAhead)).toEqual(Array.from({ length: 35 }, (_, i) => i + 1).filter((offset) => !mondays.includes(offset)));
  });

  test("keep a public holiday beyond the plan as the ones before were kept", () => {
    const past = [day(-60), day(-30)];
    const holidays = { specialDays: [{ name: "town day", days: past }], specialDaysAhead: [{ name: "town day", days: [day(23)] }] };
    const shut = driversAhead(contextOf({ openDays: openDaysBetween(-119, 14).filter((date) => !past.includes(date)), ...holidays }), [], SHOP);
    expect(offsets(shut.openAhead)).not.toContain(23);
    expect(shut.specialDays).toMatchObject([{ name: "town day", days: [expect.any(Number), expect.any(Number), toEpochDay(day(23))] }]);
    expect(offsets(driversAhead(contextOf(holidays), [], SHOP).openAhead)).toContain(23);
  });

  test("are all open where nobody plans, and go by the product's own plan where it has one", () => {
    expect(driversAhead(contextOf({ openDays: [] }), [], "closed").openAhead).toEqual([]);
    const saturdays = calendarColumn("open", daysBetween(-119, 14).filter((date) => toEpochDay(date) % 7 === 2));
    expect(offsets(driversAhead(contextOf(), [saturdays], SHOP).openAhead)).toEqual([6, 13, 20, 27, 34]);
  });

  test("are told the same by the part of the context that is kept", () => {
    const context = contextOf({
      regressors: [sharedCalendar("fair", [day(-3), day(5)]), { name: "temperature_c", source: "weather", isKnownAhead: false, values: daysBetween(-119, 14).map(() => 7) }],
    });
    const own = [calendarColumn("promotion", [day(2)])];
    const [whole, kept] = [driversAhead(context, own, SHOP), driversAhead(contextAhead(context), columnsAhead(own, CUTOFF), SHOP)];
    expect(kept.openAhead).toEqual(whole.openAhead);
    for (const offset of [2, 5, 14]) {
      const at = toEpochDay(day(offset));
      const valuesOf = ({ regressors }: typeof kept) => regressors.filter(({ isKnownAhead }) => isKnownAhead).map(({ name, start, values }) => [name, values[at - start]]);
      expect(valuesOf(kept)).toEqual(valuesOf(whole));
    }
    expect(kept.regressors.find(({ name }) => name === "temperature_c")?.values).toHaveLength(0);
  });
});
