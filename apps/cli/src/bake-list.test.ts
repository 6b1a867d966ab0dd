import type { BakePlanView } from "@levain/contracts";
import { describe, expect, it } from "vitest";
import { bakeListSummary, bakeListTable, forecastTable } from "./bake-list.js";
import { nextDay } from "./next-day.js";

const MODEL = "0198c000-0000-4000-8000-000000000001";
const ROLL = {
  productId: "roll",
  productName: "Roll",
  quantity: 120,
  advised: 90,
  trays: 4,
  traySize: 30,
  isHeldBackByOven: true,
  override: { quantity: 120, reason: "wedding" },
  median: 83.26,
  chanceToSellOut: 0.124,
  expectedWaste: 30.04,
  expectedLost: 1,
  expectedCost: 3.5,
  modelId: MODEL,
};
const PLAN: BakePlanView = {
  date: "2026-03-14",
  currency: "EUR",
  unit: "pieces",
  weather: null,
  items: [ROLL, { ...ROLL, productId: "wreath", productName: "Wreath", quantity: 0, advised: 0, trays: 0, traySize: 1, isHeldBackByOven: false, override: null, median: 0 }],
  unplanned: [{ productId: "cake", productName: "Cake", reason: "no-model", override: null }],
  ovens: [],
  totals: { quantity: 120, expectedWaste: 30.04, expectedLost: 1, expectedCost: 7 },
};

const rowOf = (table: string, name: string): string[] => table.split("\n").find((line) => line.includes(name))?.split("│").map((cell) => cell.trim()) ?? [];

describe("a bake list on the command line", () => {
  it("says of each product how many, how sure, and why it is not as advised", () => {
    expect(rowOf(bakeListTable(PLAN), "Roll")).toEqual(["", "Roll", "120", "4", "83.3", "12 %", "30", "€3.50", "decided: wedding (advised 90); held back by the oven", ""]);
    expect(bakeListSummary(PLAN)).toBe("120 pieces; expected to be left over: 30; waste and empty shelves together: €7.00.");
  });

  it("claims no chance to sell out of what is not baked, and says why a product has no number", () => {
    expect(rowOf(bakeListTable(PLAN), "Wreath")[5]).toBe("–");
    expect(rowOf(bakeListTable(PLAN), "Cake").slice(1, 3)).toEqual(["Cake", "–"]);
    expect(rowOf(bakeListTable(PLAN), "Cake")[8]).toBe("no forecast yet");
  });

  it("is a table of forecasts where nobody has told prices", () => {
    expect(rowOf(forecastTable([{ productName: "Roll", day: { day: "2026-03-14", median: 83.26, low80: 60, high80: 110.55 } }]), "Roll")).toEqual(["", "Roll", "83.3", "60 to 110.6", ""]);
  });
});

describe("the next day of a bake list", () => {
  const forecastOf = (...days: string[]) => ({ days: days.map((day) => ({ day, median: 1, low80: 0, high80: 2 })) });

  it("is the first after today on which any product is forecast", () => {
    expect(nextDay([forecastOf("2026-03-13", "2026-03-16"), forecastOf("2026-03-15")], "2026-03-13")).toBe("2026-03-15");
  });

  it("is the first one of a history that ended long ago, and none without forecasts", () => {
    expect(nextDay([forecastOf("2017-05-02", "2017-05-03")], "2026-03-13")).toBe("2017-05-02");
    expect(nextDay([forecastOf()], "2026-03-13")).toBeUndefined();
  });
});
