import { describe, expect, test } from "vitest";
import { createSalesReader } from "./sales-rows.js";

const read = (kind: "daily" | "transactions", rows: readonly unknown[], timeZone = "Europe/Berlin") => {
  const reader = createSalesReader(kind, timeZone);
  reader.add(rows);
  return reader.sales();
};

describe("sales rows", () => {
  test("of the four timestamp forms land on the tenant's business day", () => {
    // A quarter past midnight in Auckland, where it is still the day before in UTC.
    const instant = Date.parse("2026-01-31T11:15:00Z");
    const rows = ["2026-02-01T00:15:00+13:00", "2026-02-01T00:15:00", instant / 1_000, instant].map((at) => ({ at, quantity: 1 }));
    const { records } = read("transactions", rows, "Pacific/Auckland");
    expect(records).toEqual(rows.map(() => ({ day: "2026-02-01", quantity: 1, minute: 15 })));
  });

  test("keep corrections, duplicates and order: judging is for others", () => {
    const rows = [
      { date: "2026-02-02", quantity: 5 },
      { date: "2026-02-01", quantity: -2 },
      { date: "2026-02-02", quantity: 5 },
    ];
    expect(read("daily", rows).records).toEqual(rows.map(({ date, quantity }) => ({ day: date, quantity })));
  });

  test.each([
    [{ date: "2026-02-30", quantity: 1 }],
    [{ date: "2026-02-01", quantity: "many" }],
    [{ date: "2026-02-01" }],
    [{ quantity: 1 }],
    [null],
    ["2026-02-01;3"],
  ])("that cannot be read, such as %j, are counted and quoted", (row) => {
    const { records, unreadable } = read("daily", [{ date: "2026-02-01", quantity: 1 }, row]);
    expect(records).toHaveLength(1);
    expect(unreadable.count).toBe(1);
    expect(unreadable.examples[0]).toContain(JSON.stringify(row).slice(0, 20));
  });

  test("carry the time at which the shelf was empty, as a time of day, whatever it was written as", () => {
    const date = "2026-07-01";
    const forms = ["15:40", "15:40:59", "2026-07-01T15:40", "2026-07-01T13:40:00Z", Date.parse("2026-07-01T13:40:00Z"), Date.parse("2026-07-01T13:40:00Z") / 1_000];
    expect(read("daily", forms.map((soldOutAt) => ({ date, quantity: 8, soldOutAt }))).records).toEqual(forms.map(() => ({ day: date, quantity: 8, soldOutAt: "15:40" })));
    expect(read("daily", [{ date, quantity: 8, soldOutAt: "9:05" }, { date, quantity: 8, soldOutAt: null }]).records).toEqual([{ day: date, quantity: 8, soldOutAt: "09:05" }, { day: date, quantity: 8 }]);
    expect(read("transactions", [{ at: "2026-07-01T15:40:00", quantity: 1, soldOutAt: "15:41" }]).records).toEqual([{ day: date, quantity: 1, minute: 940, soldOutAt: "15:41" }]);
  });

  test.each(["24:00", "noon", "2026-07-02T10:00", "2026-07-01", 1e15])("with a sold-out time such as %j are unreadable, not silently unmarked", (soldOutAt) => {
    expect(read("daily", [{ date: "2026-07-01", quantity: 8, soldOutAt }])).toMatchObject({ records: [], unreadable: { count: 1 } });
  });

  test("with a timestamp that is none are counted", () => {
    const { records, unreadable } = read("transactions", [{ at: "yesterday noon", quantity: 1 }]);
    expect(records).toEqual([]);
    expect(unreadable).toMatchObject({ count: 1, examples: [expect.stringContaining("yesterday noon")] });
  });

  test("beyond five unreadable ones are counted without being quoted", () => {
    const { unreadable } = read("daily", Array.from({ length: 40 }, () => ({})));
    expect(unreadable.count).toBe(40);
    expect(unreadable.examples).toHaveLength(5);
  });
});
