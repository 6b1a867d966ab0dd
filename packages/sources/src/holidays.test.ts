import { describe, expect, test } from "vitest";
import { publicHolidays } from "./holidays.js";

const daysOfHoliday = (country: string, subdivision: string | undefined, name: string, year = 2026) =>
  publicHolidays(country, subdivision, { from: `${year}-01-01`, until: `${year}-12-31` }).find((holiday) => holiday.name === name)?.days;

describe("public holidays", () => {
  test("are those of the country and its subdivision", () => {
    expect(daysOfHoliday("DE", "SH", "Reformationstag")).toEqual(["2026-10-31"]);
    expect(daysOfHoliday("DE", "BE", "Reformationstag")).toBeUndefined();
    expect(daysOfHoliday("FR", undefined, "Fête Nationale de la France")).toEqual(["2026-07-14"]);
  });

  test("fall on the local date in zones far from UTC", () => {
    expect(daysOfHoliday("NZ", undefined, "Waitangi Day", 2025)).toEqual(["2025-02-06"]);
    expect(daysOfHoliday("US", "HI", "Independence Day", 2025)).toEqual(["2025-07-04"]);
  });

  test("of several days have all of them", () => {
    expect(daysOfHoliday("TR", undefined, "Ramazan Bayramı", 2023)).toEqual(["2023-04-21", "2023-04-22", "2023-04-23"]);
  });

  test("stay within the range and ascend over the years", () => {
    const [newYear] = publicHolidays("DE", undefined, { from: "2024-01-01", until: "2026-01-01" });
    expect(newYear).toEqual({ name: "Neujahr", days: ["2024-01-01", "2025-01-01", "2026-01-01"] });
  });

  test("of a country nobody knows are none", () => {
    expect(publicHolidays("XX", undefined, { from: "2026-01-01", until: "2026-12-31" })).toEqual([]);
  });
});
