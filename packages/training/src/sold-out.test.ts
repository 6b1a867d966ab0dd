import { fromEpochDay, toEpochDay } from "@levain/calendar";
import type { BusinessDay, Sales } from "@levain/contracts";
import { describe, expect, it } from "vitest";
import { prepare } from "./prepare.js";
import { contextOf, dailySales, day, HISTORY_DAYS, openDaysBetween, policy } from "./sample-shop.js";

const SEED = 20_260_511;

/** mulberry32 */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A Poisson draw, by multiplying uniform ones. */
function poisson(mean: number, random: () => number): number {
  const bound = Math.exp(-mean);
  let count = -1;
  for (let product = 1; product > bound; count += 1) product *= random();
  return Math.max(0, count);
}

const open = openDaysBetween(1 - HISTORY_DAYS, 0);
const demandOf = (mean: number, seed: number): [BusinessDay, number][] => {
  const random = randomOf(seed);
  return open.map((date) => [date, poisson(mean, random)]);
};
const reportOf = (sales: Sales) => prepare(sales, contextOf(), "zero-unless-shop-closed", policy).report;
const prepared = (sales: Sales) => prepare(sales, contextOf(), "zero-unless-shop-closed", policy);

describe("days marked as sold out", () => {
  const marked = (days: readonly BusinessDay[], kind: Sales["kind"] = "daily"): Sales => {
    const { records } = dailySales(demandOf(20, SEED));
    return { kind, records: records.map((record) => (days.includes(record.day) ? { ...record, soldOutAt: "15:40" } : record)), unreadable: { count: 0, examples: [] } };
  };

  it("go with the series, ascending, and into the report; the quantities stay what they were", () => {
    const days = [day(-2), day(-9), day(-5)];
    for (const kind of ["daily", "transactions"] as const) {
      const { series, report } = prepared(marked(days, kind));
      expect(series?.soldOut?.map(fromEpochDay)).toEqual([day(-9), day(-5), day(-2)]);
      expect(series?.y).toEqual(prepared(marked([], kind)).series?.y);
      expect(report.findings).toEqual([expect.objectContaining({ code: "sold-out-days", severity: "note", count: 3, examples: [day(-9), day(-5), day(-2)] })]);
    }
  });

  it("are no field of a series that has none", () => {
    expect(prepared(marked([])).series).not.toHaveProperty("soldOut");
  });

  it("are as the last of several totals of a day says, and none after the cutoff", () => {
    const { kind, records, unreadable } = marked([day(-2)]);
    const corrected: Sales = { kind, records: [...records, { day: day(-2), quantity: 7 }, { day: day(3), quantity: 7, soldOutAt: "12:00" }], unreadable };
    expect(prepared(corrected).series?.soldOut).toBeUndefined();
  });
});

describe("days that look sold out", () => {
  it("are those on which a tray of forty ended, and nothing is changed for them", () => {
    const demand = demandOf(36, SEED);
    const capped = demand.map(([date, quantity]): [BusinessDay, number] => [date, Math.min(40, quantity)]);
    const inRuns = capped.flatMap(([date, quantity], i) => (quantity === 40 && [i - 2, i - 1, i].some((start) => [0, 1, 2].every((offset) => capped[start + offset]?.[1] === 40)) ? [date] : []));
    expect(inRuns.length, `seed ${SEED}`).toBeGreaterThan(3);
    const { series, report } = prepared(dailySales(capped));
    expect(report.likelySoldOutDays).toEqual(inRuns);
    expect(report.findings).toContainEqual(expect.objectContaining({ code: "likely-sold-out-days", severity: "warning", count: inRuns.length, examples: inRuns.slice(0, 5) }));
    expect(series?.soldOut).toBeUndefined();
    expect([...(series?.y ?? [])].filter((value) => value === 40)).toHaveLength(capped.filter(([, quantity]) => quantity === 40).length);
  });

  it("are hardly ever seen where every customer was served", () => {
    let days = 0;
    for (const mean of [3, 12, 36, 90]) {
      for (let seed = 0; seed < 25; seed += 1) days += reportOf(dailySales(demandOf(mean, SEED + seed))).likelySoldOutDays?.length ?? 0;
    }
    // Of 100 products with some hundred days each.
    expect(days / (100 * open.length), `seed ${SEED}`).toBeLessThan(0.001);
  });

  it("are not days that are marked, nor all days of a product that always sells the same", () => {
    const { records } = dailySales(demandOf(36, SEED).map(([date, quantity]) => [date, Math.min(40, quantity)]));
    const all: Sales = { kind: "daily", records: records.map((record) => (record.quantity === 40 ? { ...record, soldOutAt: "14:00" } : record)), unreadable: { count: 0, examples: [] } };
    expect(reportOf(all)).not.toHaveProperty("likelySoldOutDays");
    expect(reportOf(dailySales(open.map((date) => [date, 40])))).not.toHaveProperty("likelySoldOutDays");
  });

  /** Receipts spread over the day until a closing minute that may differ by day. */
  const receiptsUntil = (closing: (date: BusinessDay) => number, perDay = 12): Sales => {
    const random = randomOf(SEED);
    const records = open.flatMap((date) => Array.from({ length: perDay }, () => ({ day: date, quantity: 1, minute: Math.floor(420 + random() * (closing(date) - 420)) })));
    return { kind: "transactions", records, unreadable: { count: 0, examples: [] } };
  };
  const isSaturday = (date: BusinessDay): boolean => ((toEpochDay(date) % 7) + 7) % 7 === 2;

  it("are those whose sales stop far earlier than on other days of that weekday", () => {
    const early = [day(-3), day(-18)];
    const closing = (date: BusinessDay): number => (early.includes(date) ? 600 : isSaturday(date) ? 780 : 1_080);
    expect(reportOf(receiptsUntil(closing)).likelySoldOutDays).toEqual(early.toSorted());
  });

  it("are not Saturdays of a shop that always closes early on Saturday, nor quiet days of what sells rarely", () => {
    expect(reportOf(receiptsUntil((date) => (isSaturday(date) ? 780 : 1_080)))).not.toHaveProperty("likelySoldOutDays");
    for (const perDay of [1, 2, 5, 40]) expect(reportOf(receiptsUntil(() => 1_080, perDay)), `${perDay} a day, seed ${SEED}`).not.toHaveProperty("likelySoldOutDays");
  });
});
