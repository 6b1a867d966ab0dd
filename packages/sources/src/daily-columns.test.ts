import { addDays, fromEpochDay, toEpochDay } from "@levain/calendar";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { columnOver, columnsOf, daysOf } from "./daily-columns.js";

const range = { from: "2026-02-27", until: "2026-03-02" };

describe("daily columns", () => {
  test("fill days without a row, keep zero and unknown apart, and leave out other days", () => {
    const rows = [
      { date: "2026-03-01", name: "guests", value: 0 },
      { date: "2026-02-28", name: "guests", value: 12 },
      { date: "2026-01-01", name: "guests", value: 99 },
      { date: "2026-03-02", name: "ferries", value: 3 },
    ];
    expect(columnsOf(rows, range, null)).toEqual([
      { name: "guests", firstDay: "2026-02-27", values: [null, 12, 0, null] },
      { name: "ferries", firstDay: "2026-02-27", values: [null, null, null, 3] },
    ]);
  });

  test("of nothing but unknowns are no columns", () => {
    expect(columnsOf([{ date: "2026-03-01", name: "rain", value: null }], range, null)).toEqual([]);
  });

  test("cut or stretched keep each value on its day", () => {
    const day = fc.integer({ min: 19_000, max: 19_100 });
    fc.assert(
      fc.property(day, fc.array(fc.option(fc.integer()), { maxLength: 60 }), day, fc.integer({ min: 0, max: 60 }), (first, values, from, length) => {
        const target = { from: fromEpochDay(from), until: fromEpochDay(from + length) };
        const column = columnOver({ name: "x", firstDay: fromEpochDay(first), values }, target, null);
        expect(column.values).toHaveLength(length + 1);
        for (const [index, date] of daysOf(target).entries()) expect(column.values[index]).toBe(values[toEpochDay(date) - first] ?? null);
      }),
    );
  });

  test("days of a range include both ends", () => {
    expect(daysOf({ from: "2026-02-28", until: addDays("2026-02-28", 2) })).toEqual(["2026-02-28", "2026-03-01", "2026-03-02"]);
    expect(daysOf({ from: "2026-03-02", until: "2026-03-01" })).toEqual([]);
  });
});
