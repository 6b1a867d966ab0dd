import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addDays, fromEpochDay, toEpochDay } from "./index.js";

describe("an epoch day", () => {
  it("counts whole days since 1970-01-01 and comes back as the same date", () => {
    expect(toEpochDay("1970-01-01")).toBe(0);
    expect(toEpochDay("2026-05-01")).toBe(20_574);
    fc.assert(fc.property(fc.integer({ min: -30_000, max: 80_000 }), (day) => void expect(toEpochDay(fromEpochDay(day))).toBe(day)));
  });

  it("steps over leap days and year ends as the calendar does", () => {
    expect(addDays("2024-02-28", 1)).toBe("2024-02-29");
    expect(addDays("2023-02-28", 1)).toBe("2023-03-01");
    expect(addDays("2026-01-01", -1)).toBe("2025-12-31");
  });

  it.each(["2026-02-30", "2025-02-29", "2026-13-01", "2026-5-1", "01.05.2026", "2026-05-01T10:00", ""])("refuses %j and says so", (text) => {
    expect(() => toEpochDay(text)).toThrow(RangeError);
    expect(() => toEpochDay(text)).toThrow(JSON.stringify(text));
  });

  it("refuses half a day", () => expect(() => fromEpochDay(1.5)).toThrow("whole days"));
});
