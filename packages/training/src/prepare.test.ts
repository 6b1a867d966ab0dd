import { toEpochDay } from "@levain/calendar";
import { type BusinessDay, type DataReport, Failure, type FindingCode, resolvePolicy, type Sales } from "@levain/contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { prepare, type Prepared } from "./prepare.js";
import { calendarColumn, contextOf, CUTOFF, dailySales, day, daysBetween, HISTORY_DAYS, openDaysBetween, policy, receipts, sharedCalendar, soldOn, together } from "./sample-shop.js";

const everyOpenDay = soldOn(openDaysBetween(1 - HISTORY_DAYS, 0));
const prepared = (sales: Sales, changed: Parameters<typeof contextOf>[0] = {}): Prepared => prepare(sales, contextOf(changed), "zero-unless-shop-closed", policy);

const findingOf = (report: DataReport, code: FindingCode) => report.findings.find((finding) => finding.code === code);
/** Demand of a day, null where it does not count. */
const demandOn = ({ series }: Prepared, date: BusinessDay): number | null => {
  const value = series?.y[toEpochDay(date) - series.start] ?? Number.NaN;
  return Number.isNaN(value) ? null : value;
};
/** The shop is closed on Mondays, and the cutoff is a Sunday. */
const monday = day(-6);

describe("a series", () => {
  it("has no value on closed days and zero on open days without a row", () => {
    const result = prepared(soldOn(openDaysBetween(1 - HISTORY_DAYS, 0).filter((date) => date !== day(-3))));
    expect(demandOn(result, day(-3))).toBe(0);
    expect(demandOn(result, monday)).toBeNull();
    expect(demandOn(result, day(-4))).toBe(10);
    expect(result.report).toMatchObject({ zeroDays: 1, openDays: openDaysBetween(1 - HISTORY_DAYS, 0).length, findings: [] });
  });

  it("runs from the first sale to the cutoff", () => {
    const result = prepared(soldOn(openDaysBetween(-50, -2)));
    expect(result.series?.start).toBe(toEpochDay(openDaysBetween(-50, 0)[0] ?? ""));
    expect(result.series?.y).toHaveLength(toEpochDay(CUTOFF) - (result.series?.start ?? 0) + 1);
    expect(result.report).toMatchObject({ firstSale: openDaysBetween(-50, 0)[0], lastSale: openDaysBetween(-50, -2).at(-1) });
  });

  it("has no value on a missing day where each product is a shop of its own", () => {
    const rows = dailySales(daysBetween(-99, 0).flatMap((date, i): [BusinessDay, number][] => (i % 10 === 5 ? [] : [[date, i % 10 === 6 ? 0 : 4]])));
    const result = prepare(rows, contextOf({ openDays: [] }), "closed", policy);
    expect(demandOn(result, day(-94))).toBeNull();
    expect(demandOn(result, day(-93))).toBe(0);
    expect(demandOn(result, day(-92))).toBe(4);
    expect(result.report).toMatchObject({ openDays: 90, zeroDays: 10 });
  });

  it("adds up the receipts of a day, returns included", () => {
    const result = prepared(together(receipts([[day(-3), 4], [day(-3), 2], [day(-3), -1], [day(-2), 0.1], [day(-2), 0.2], [day(-2), -0.3]]), everyOpenDayBut(day(-3), day(-2))));
    expect(demandOn(result, day(-3))).toBe(5);
    expect(demandOn(result, day(-2))).toBe(0);
    expect(result.report.findings).toEqual([expect.objectContaining({ code: "negative-quantities", severity: "note", count: 2 })]);
  });

  it("takes the last of several daily totals of one day, and counts the days", () => {
    const result = prepared(together(everyOpenDay, dailySales([[day(-3), 7], [day(-3), 8], [day(-5), 10]])));
    expect(demandOn(result, day(-3))).toBe(8);
    expect(demandOn(result, day(-5))).toBe(10);
    expect(findingOf(result.report, "duplicate-days")).toMatchObject({ severity: "warning", count: 2, examples: [day(-3), day(-5)] });
  });

  it("makes a day that ends below zero a day without demand, and shows what it was", () => {
    for (const rows of [dailySales([[day(-3), -2]]), receipts([[day(-3), 1], [day(-3), -3]])]) {
      const result = prepared(together({ ...rows }, everyOpenDayBut(day(-3))));
      expect(demandOn(result, day(-3))).toBe(0);
      expect(findingOf(result.report, "negative-quantities")).toMatchObject({ severity: "warning", count: 1, examples: [`${day(-3)}: -2`] });
    }
  });

  it("leaves out an unbelievable quantity, and quotes it", () => {
    const result = prepared(together(everyOpenDay, dailySales([[day(-3), 10_000]])));
    expect(demandOn(result, day(-3))).toBeNull();
    expect(findingOf(result.report, "absurd-quantities")).toMatchObject({ count: 1, examples: [`${day(-3)}: 10000`] });
    expect(demandOn(prepared(together(everyOpenDay, dailySales([[day(-3), 400]]))), day(-3))).toBe(400);
  });

  it("counts a closed day with sales as open, and says so", () => {
    const result = prepared(together(everyOpenDay, soldOn([monday], 6)));
    expect(demandOn(result, monday)).toBe(6);
    expect(findingOf(result.report, "sales-on-closed-days")).toMatchObject({ severity: "warning", count: 1, examples: [monday] });
    expect(demandOn(prepared(together(everyOpenDay, soldOn([monday], 0))), monday)).toBeNull();
  });

  it("never sees a row after the cutoff or before the history", () => {
    const result = prepared(together(everyOpenDay, soldOn([day(1), day(2), day(-HISTORY_DAYS)], 99)));
    expect(result.series).toEqual(prepared(everyOpenDay).series);
    expect(findingOf(result.report, "rows-after-cutoff")).toMatchObject({ count: 2, examples: [day(1), day(2)] });
    expect(findingOf(result.report, "rows-before-history")).toMatchObject({ count: 1, examples: [day(-HISTORY_DAYS)] });
  });

  it("loses nothing that the report does not count", () => {
    const row = fc.tuple(fc.integer({ min: -HISTORY_DAYS - 5, max: 20 }).map(day), fc.integer({ min: -5, max: 30 }));
    fc.assert(
      fc.property(fc.array(row, { minLength: 60, maxLength: 300 }), fc.constantFrom("daily", "transactions"), fc.constantFrom("closed", "zero-unless-shop-closed"), (rows, kind, missingDay) => {
        const sales = kind === "daily" ? dailySales(rows) : receipts(rows);
        const { series, report } = prepare(sales, contextOf(), missingDay, policy);
        const count = (code: FindingCode) => findingOf(report, code)?.count ?? 0;
        const inRange = rows.filter(([date]) => date >= day(1 - HISTORY_DAYS) && date <= CUTOFF);
        expect(report.rows).toBe(rows.length);
        expect(count("rows-after-cutoff") + count("rows-before-history")).toBe(rows.length - inRange.length);
        const total = (pairs: readonly (readonly [BusinessDay, number])[]) => {
          const byDay = new Map<BusinessDay, number>();
          for (const [date, quantity] of pairs) byDay.set(date, kind === "daily" ? quantity : (byDay.get(date) ?? 0) + quantity);
          return [...byDay.values()].reduce((sum, quantity) => sum + Math.max(0, quantity), 0);
        };
        expect([...(series?.y ?? [])].reduce((sum, value) => sum + (Number.isNaN(value) ? 0 : value), 0)).toBe(total(inRange));
        expect(report.openDays).toBe([...(series?.y ?? [])].filter((value) => !Number.isNaN(value)).length);
      }),
    );
  });
});

describe("a report", () => {
  it("names holes, stale data and many days without a sale", () => {
    const withHole = everyOpenDay.records.map((record) => record.day).filter((date) => date < day(-60) || date > day(-40));
    expect(findingOf(prepared(soldOn(withHole), { openDays: withHole }).report, "gaps")).toMatchObject({ severity: "note", count: 1, examples: [`${day(-60)} to ${day(-40)}`] });
    expect(findingOf(prepared(soldOn(openDaysBetween(-119, -9))).report, "stale-data")).toMatchObject({ severity: "warning", count: 9, examples: [day(-9)] });
    const rarely = prepared(soldOn([day(-118), day(-60), day(-2)])).report;
    expect(findingOf(rarely, "many-zero-days")).toMatchObject({ severity: "warning", count: rarely.openDays - 3 });
  });

  it("warns below 90 open days and is without complaint from there on", () => {
    expect(findingOf(prepared(soldOn(openDaysBetween(-99, 0))).report, "few-open-days")).toMatchObject({ severity: "warning", message: expect.stringContaining("recommended 90") });
    expect(prepared(everyOpenDay).report.findings).toEqual([]);
  });

  it("shows at most five examples", () => {
    expect(findingOf(prepared(together(everyOpenDay, soldOn(daysBetween(1, 9)))).report, "rows-after-cutoff")).toMatchObject({ count: 9, examples: daysBetween(1, 5) });
  });
});

describe("unreadable rows", () => {
  const withUnreadable = (count: number): Sales => ({ ...everyOpenDay, unreadable: { count, examples: ["date: expected a date in {}"] } });

  it("are counted and quoted where they are few", () => {
    const { report, skip } = prepared(withUnreadable(2));
    expect(skip).toBeNull();
    expect(findingOf(report, "unreadable-rows")).toMatchObject({ count: 2, examples: ["date: expected a date in {}"] });
    expect(report.rows).toBe(everyOpenDay.records.length + 2);
  });

  it("make the answer malformed where they are many", () => {
    const refused = (): Prepared => prepared(withUnreadable(10));
    expect(refused).toThrow(Failure);
    expect(refused).toThrow(/^sales: expected at most 5 % unreadable rows, got 10 of \d+: date: expected a date/);
    expect(() => prepared(withUnreadable(10))).toThrow(expect.objectContaining({ code: "source.malformed" }));
  });
});

describe("a product", () => {
  it("is skipped below 30 open days, whether it is new or never sold", () => {
    const open = openDaysBetween(-60, 0);
    expect(prepared(soldOn(open.slice(-30))).skip).toBeNull();
    expect(prepared(soldOn(open.slice(-29)))).toMatchObject({ skip: "too-few-observations", report: { openDays: 29 } });
    expect(prepared(soldOn([]))).toMatchObject({ skip: "too-few-observations", series: null, report: { rows: 0, openDays: 0, firstSale: null, lastSale: null } });
    expect(prepared(soldOn(open, 0))).toMatchObject({ skip: "too-few-observations", series: null });
  });

  it("is skipped when it last sold 56 days before the cutoff", () => {
    const until = (last: number) => soldOn([...openDaysBetween(-119, last - 1), day(last)]);
    expect(prepared(until(-55)).skip).toBeNull();
    expect(prepared(until(-56))).toMatchObject({ skip: "no-recent-sales", report: { lastSale: day(-56) } });
  });

  it("is judged by the policy of its tenant", () => {
    const lenient = resolvePolicy({ openDaysMin: 10, openDaysRecommended: 20, recentSalesDays: 365 });
    expect(prepare(soldOn(openDaysBetween(-115, -100)), contextOf(), "zero-unless-shop-closed", lenient).skip).toBeNull();
  });
});

describe("drivers", () => {
  it("are known ahead where a calendar tells them, and unknown is not a number", () => {
    const { drivers } = prepared(everyOpenDay, {
      regressors: [{ name: "temperature_c", source: "weather", isKnownAhead: false, values: [1.5, null] }, sharedCalendar("school_holiday", [day(2)])],
      specialDays: [{ name: "Whit Monday", days: ["2025-06-09", "2026-05-25"] }],
    });
    const start = toEpochDay(day(1 - HISTORY_DAYS));
    expect(drivers.regressors[0]).toEqual({ name: "temperature_c", isKnownAhead: false, isCurved: true, start, values: Float64Array.of(1.5, Number.NaN) });
    expect(drivers.regressors[1]).toMatchObject({ name: "school_holiday", isKnownAhead: true, start });
    expect(drivers.regressors[1]?.values[HISTORY_DAYS + 1]).toBe(1);
    expect(drivers.specialDays).toEqual([{ name: "Whit Monday", days: [toEpochDay("2025-06-09"), toEpochDay("2026-05-25")] }]);
  });

  it("are the product's own where the shop has one of the same name", () => {
    const { drivers } = prepare(everyOpenDay, contextOf({ regressors: [sharedCalendar("promotion", [day(1)])] }), "zero-unless-shop-closed", policy, [calendarColumn("promotion", [day(2)])]);
    expect(drivers.regressors).toHaveLength(1);
    expect([...(drivers.regressors[0]?.values ?? [])].slice(HISTORY_DAYS, HISTORY_DAYS + 3)).toEqual([0, 1, 0]);
  });

  it("know the days on which the shop plans to open", () => {
    expect(prepared(everyOpenDay).drivers.openAhead).toEqual(openDaysBetween(1, 14).map(toEpochDay));
  });

  it("go by the shop's weekdays where it plans nothing, and know nothing where it opens on each of them or is new", () => {
    const aheadOf = (openDays: readonly BusinessDay[]) => prepared(everyOpenDay, { openDays: [...openDays] }).drivers.openAhead;
    const closedOnMondays = openDaysBetween(-119, 0);
    expect(aheadOf(closedOnMondays)).toEqual(openDaysBetween(1, 14).map(toEpochDay));
    expect(aheadOf([...closedOnMondays, monday])).toEqual(openDaysBetween(1, 14).map(toEpochDay));
    expect(aheadOf([...closedOnMondays, monday, day(-13)])).toEqual([]);
    expect(aheadOf(daysBetween(-119, 0))).toEqual([]);
    expect(aheadOf(openDaysBetween(-40, 0))).toEqual([]);
  });

  it("do not take a plan that ends early for closed doors", () => {
    const planned = openDaysBetween(-119, 3);
    expect(prepared(everyOpenDay, { openDays: planned }).drivers.openAhead).toEqual([...planned.filter((date) => date > CUTOFF), ...daysBetween(4, 14)].map(toEpochDay));
  });
});

describe("a calendar column named open", () => {
  const openButDay3 = openDaysBetween(-99, 14).filter((date) => date !== day(-3) && date !== day(4));

  it("closes days, past and planned, and is no regressor", () => {
    const result = prepared(soldOn(openDaysBetween(-119, 0).filter((date) => date !== day(-3))), { regressors: [sharedCalendar("open", openButDay3)] });
    expect(demandOn(result, day(-3))).toBeNull();
    expect(result.report.zeroDays).toBe(0);
    expect(result.drivers.regressors).toEqual([]);
    expect(result.drivers.openAhead).toEqual(openDaysBetween(1, 14).filter((date) => date !== day(4)).map(toEpochDay));
  });

  it("is not believed where it says nothing, before its first open day and after its last", () => {
    const result = prepared(soldOn(openDaysBetween(-119, 0)), { regressors: [sharedCalendar("open", openDaysBetween(-99, -20))] });
    expect(result.report.findings).toEqual([]);
    expect(result.drivers.openAhead).toEqual(openDaysBetween(1, 14).map(toEpochDay));
    expect(prepared(everyOpenDay, { regressors: [sharedCalendar("open", [])] }).report.findings).toEqual([]);
  });

  it("does not close a day that has sales", () => {
    const result = prepared(everyOpenDay, { regressors: [sharedCalendar("open", openButDay3)] });
    expect(demandOn(result, day(-3))).toBe(10);
    expect(findingOf(result.report, "sales-on-closed-days")).toMatchObject({ count: 1, examples: [day(-3)] });
  });

  it("of a product counts for the product, also where each is a shop of its own", () => {
    const own = [calendarColumn("open", openButDay3), calendarColumn("promotion", [day(5)])];
    const rows = together(soldOn(openDaysBetween(-119, 0).filter((date) => date !== day(-3))), dailySales([[day(-3), 0]]));
    const result = prepare(rows, contextOf({ openDays: [], regressors: [sharedCalendar("open", [])] }), "closed", policy, own);
    expect(demandOn(result, day(-3))).toBeNull();
    expect(result.drivers.openAhead).toEqual(openDaysBetween(1, 14).filter((date) => date !== day(4)).map(toEpochDay));
    expect(result.drivers.regressors.map(({ name }) => name)).toEqual(["promotion"]);
  });
});

/** Ten sold on each open day, but on these; as rows of whatever kind. */
function everyOpenDayBut(...left: readonly BusinessDay[]): Sales {
  return soldOn(openDaysBetween(1 - HISTORY_DAYS, 0).filter((date) => !left.includes(date)));
}
