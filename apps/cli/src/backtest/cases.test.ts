import { addDays } from "@levain/calendar";
import type { BusinessDay, Product, Sales } from "@levain/contracts";
import { describe, expect, test } from "vitest";
import { casesOf, cutoffsOf, type SoldProduct } from "./cases.js";

const LAST = "2026-03-31";
const plan = { horizonDays: 14, cutoffs: 6, stepDays: 14 };
const lastCutoff = addDays(LAST, -14);

const daysBetween = (from: BusinessDay, until: BusinessDay): BusinessDay[] => {
  const days: BusinessDay[] = [];
  for (let day = from; day <= until; day = addDays(day, 1)) days.push(day);
  return days;
};
const product = (id: string): Product => ({ id, name: id, isDiscontinued: false, hasOwnEvents: false });
const sold = (id: string, days: readonly BusinessDay[], quantityOn = (_day: BusinessDay): number => 3): SoldProduct => {
  const sales: Sales = { kind: "daily", records: days.map((day) => ({ day, quantity: quantityOn(day) })), unreadable: { count: 0, examples: [] } };
  return { product: product(id), sales };
};
const shopDays = daysBetween("2025-10-01", LAST);
const cutoffsOfProduct = (days: readonly BusinessDay[]): BusinessDay[] =>
  casesOf([sold("bun", days)], shopDays, "zero-unless-shop-closed", LAST, plan).map(({ cutoff }) => cutoff);

describe("the cutoffs of a back-test", () => {
  test("lie a step apart, the last one a horizon before the last day", () => {
    expect(cutoffsOf(LAST, plan)).toEqual(["2026-01-06", "2026-01-20", "2026-02-03", "2026-02-17", "2026-03-03", "2026-03-17"]);
  });
});

describe("a product counts at a cutoff", () => {
  test("from 56 days after its first sale on", () => {
    expect(cutoffsOfProduct(daysBetween(addDays(lastCutoff, -56), LAST))).toEqual([lastCutoff]);
    expect(cutoffsOfProduct(daysBetween(addDays(lastCutoff, -55), LAST))).toEqual([]);
  });

  test("counted from whatever was told of it first, be it a return", () => {
    const first = addDays(lastCutoff, -56);
    const [counted] = casesOf([sold("bun", daysBetween(first, LAST), (day) => (day === first ? -1 : 3))], shopDays, "zero-unless-shop-closed", LAST, plan);
    expect(counted).toMatchObject({ cutoff: lastCutoff, actuals: Array.from({ length: 14 }, () => 3) });
  });

  test("as long as it was sold in the last 56 days", () => {
    expect(cutoffsOfProduct(daysBetween("2025-10-01", addDays(lastCutoff, -55)))).toContain(lastCutoff);
    expect(cutoffsOfProduct(daysBetween("2025-10-01", addDays(lastCutoff, -56)))).not.toContain(lastCutoff);
  });

  test("when the shop was open on 30 days since its first sale", () => {
    const days = ["2025-10-01", ...daysBetween(addDays(lastCutoff, -28), LAST)];
    const cutoffs = (shop: readonly BusinessDay[]): BusinessDay[] => casesOf([sold("bun", days)], shop, "zero-unless-shop-closed", LAST, plan).map(({ cutoff }) => cutoff);
    expect(cutoffs(days)).toEqual([lastCutoff]);
    expect(cutoffs(days.slice(1))).toEqual([]);
  });

  test("when the shop is open on any of the days ahead", () => {
    const closing = daysBetween("2025-10-01", lastCutoff);
    expect(casesOf([sold("bun", closing)], closing, "zero-unless-shop-closed", LAST, plan).map(({ cutoff }) => cutoff)).not.toContain(lastCutoff);
  });
});

describe("the days ahead", () => {
  const weekdays = daysBetween("2025-10-01", LAST).filter((day) => new Date(day).getUTCDay() !== 0);
  const noMondays = weekdays.filter((day) => new Date(day).getUTCDay() !== 1);

  test("are those on which the shop was open; a product without a row sold nothing", () => {
    const last = casesOf([sold("bun", noMondays)], weekdays, "zero-unless-shop-closed", LAST, plan).at(-1);
    expect(last?.ahead).toEqual(weekdays.filter((day) => day > lastCutoff));
    expect(last?.actuals).toEqual(last?.ahead.map((day) => (new Date(day).getUTCDay() === 1 ? 0 : 3)));
  });

  test("are the product's own where each product is a shop of its own", () => {
    const last = casesOf([sold("bun", noMondays)], [], "closed", LAST, plan).at(-1);
    expect(last?.ahead).toEqual(noMondays.filter((day) => day > lastCutoff));
    expect(last?.actuals.every((quantity) => quantity === 3)).toBe(true);
  });
});
