import { addDays, businessDayOf, instantOf } from "@levain/calendar";
import type { BusinessDay } from "@levain/contracts";
import { FolderTenant, TransactionRow } from "@levain/sources";
import { describe, expect, test } from "vitest";
import type { Bakery } from "./bakery.js";
import type { Habits } from "./simulated-demand.js";
import { demoBakery, fleetBakery, simulateBakery } from "./simulated-bakery.js";

const LAST_DAY = "2026-05-10";
const demo = demoBakery(LAST_DAY);
const whole = { from: "2000-01-01", until: "2030-01-01" };

const daily = (bakery: Bakery, productId: string): { date: BusinessDay; quantity: number }[] => bakery.salesOf(productId, whole).rows as { date: BusinessDay; quantity: number }[];
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe("the demo bakery", () => {
  test("sells over two years that end on its last day", () => {
    const dates = daily(demo, "wheat-roll").map(({ date }) => date);
    expect(demo.firstDay).toBe(addDays(LAST_DAY, -729));
    expect(dates.at(-1)).toBe(LAST_DAY);
    expect(dates[0]).toBe(demo.openDays(whole)[0]);
  });

  test("tells the same past tomorrow as today", () => {
    const tomorrow = demoBakery(addDays(LAST_DAY, 1));
    const shared = { from: addDays(LAST_DAY, -300), until: LAST_DAY };
    for (const id of ["wheat-roll", "cinnamon-bun", "baguette", "spelt-wreath"]) expect(tomorrow.salesOf(id, shared)).toEqual(demo.salesOf(id, shared));
    expect(tomorrow.weather?.(shared)).toEqual(demo.weather?.(shared));
  });

  test("is another one with another seed", () => {
    expect(demoBakery(LAST_DAY, 2).salesOf("wheat-roll", whole)).not.toEqual(demo.salesOf("wheat-roll", whole));
  });

  test("is shut on Mondays, at Christmas and for two weeks of August, and sells only when open", () => {
    const open = new Set(demo.openDays(whole));
    for (const shut of ["2026-05-04", "2025-12-25", "2025-12-26", "2026-01-01", "2025-08-09"]) expect(open.has(shut)).toBe(false);
    for (const { id } of demo.products) {
      if (demo.salesOf(id, whole).kind === "daily") expect(daily(demo, id).every(({ date }) => open.has(date))).toBe(true);
    }
  });

  test("plans open days and events ahead, and knows no weather, traffic or sales of days to come", () => {
    const ahead = { from: addDays(LAST_DAY, 1), until: addDays(LAST_DAY, 28) };
    expect(demo.openDays(ahead).length).toBeGreaterThan(20);
    expect(demo.events?.(ahead).map(({ name }) => name)).toContain("street_fair");
    expect(demo.weather?.(ahead)).toEqual([]);
    expect(demo.traffic?.(ahead)).toEqual([]);
    expect(demo.salesOf("wheat-roll", ahead).rows).toEqual([]);
  });

  test("sells more at the weekend, and out of baguettes on good days", () => {
    const rolls = daily(demo, "wheat-roll");
    const on = (weekday: number): number => mean(rolls.filter(({ date }) => new Date(date).getUTCDay() === weekday).map(({ quantity }) => quantity));
    expect(on(6)).toBeGreaterThan(1.5 * on(3));
    const baguettes = daily(demo, "baguette").map(({ quantity }) => quantity);
    expect(Math.max(...baguettes)).toBe(36);
    expect(baguettes.filter((quantity) => quantity === 36).length).toBeGreaterThan(50);
  });

  test("has a product with too little history, one that ended, one asked for now and then, one in season only", () => {
    expect(daily(demo, "oat-cookie").length).toBeLessThan(30);
    expect(daily(demo, "marzipan-slice").at(-1)?.date).toBe("2026-01-10");
    expect(demo.products.find(({ id }) => id === "marzipan-slice")?.discontinued).toBe(true);
    expect(daily(demo, "spelt-wreath").length / demo.openDays({ from: demo.firstDay, until: LAST_DAY }).length).toBeLessThan(0.3);
    expect(new Set(daily(demo, "strawberry-tart").map(({ date }) => date.slice(5, 7)))).toEqual(new Set(["05", "06", "07"]));
  });
});

describe("receipts", () => {
  const habits: Habits = { id: "bun", name: "Bun", unitsPerDay: 20, weekday: [1, 1, 1, 1, 1, 1, 1] };
  const simulate = (timeZone: string, kind: "daily" | "transactions"): Bakery =>
    simulateBakery({
      tenant: FolderTenant.parse({ id: "zoned", name: "Zoned", timeZone, country: "NZ" }),
      products: [{ ...habits, kind }],
      seed: 7,
      historyDays: 365,
      lastDay: LAST_DAY,
    });

  test.each(["Europe/Berlin", "Pacific/Auckland", "America/Los_Angeles", "Asia/Kolkata"])("in %s add up to the day's total on the tenant's own day", (timeZone) => {
    const rows = simulate(timeZone, "transactions").salesOf("bun", whole).rows.map((row) => TransactionRow.parse(row));
    const totals = new Map<BusinessDay, number>();
    for (const { at, quantity } of rows) {
      const day = businessDayOf(instantOf(at, timeZone), timeZone);
      totals.set(day, (totals.get(day) ?? 0) + quantity);
    }
    expect([...totals].map(([date, quantity]) => ({ date, quantity }))).toEqual(daily(simulate(timeZone, "daily"), "bun"));
  });

  test("carry timestamps of all four forms, and corrections", () => {
    const rows = simulate("Europe/Berlin", "transactions").salesOf("bun", whole).rows.map((row) => TransactionRow.parse(row));
    const forms = new Set(rows.map(({ at }) => (typeof at === "number" ? (at < 1e11 ? "seconds" : "milliseconds") : at.length > 19 ? "offset" : "local")));
    expect(forms).toEqual(new Set(["seconds", "milliseconds", "offset", "local"]));
    expect(rows.some(({ quantity }) => quantity < 0)).toBe(true);
  });
});

describe("a simulated fleet", () => {
  test("has as many products and days as its name says", () => {
    const fleet = fleetBakery("simulated-200x730", LAST_DAY);
    expect(fleet?.products).toHaveLength(200);
    expect(fleet?.firstDay).toBe(addDays(LAST_DAY, -729));
    expect(new Set(fleet?.products.map(({ id }) => id)).size).toBe(200);
  });

  test("sells both a lot and hardly anything", () => {
    const fleet = fleetBakery("simulated-50x365", LAST_DAY);
    const sold = fleet?.products.map(({ id }) => daily(fleet, id).reduce((sum, { quantity }) => sum + quantity, 0) / 300) ?? [];
    expect(Math.max(...sold)).toBeGreaterThan(20);
    expect(Math.min(...sold)).toBeLessThan(1);
  });

  test.each(["simulated-0x10", "simulated-10x0", "simulated-99999x10", "simulated-10x9999", "simulated-ax10", "demo-bakery"])("is not made for the name %s", (id) => {
    expect(fleetBakery(id, LAST_DAY)).toBeNull();
  });
});
