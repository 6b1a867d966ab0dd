import type { AccuracyFigures, TenantAccuracyView } from "@levain/contracts";
import { describe, expect, it } from "vitest";
import { accuracySummary, accuracyTable } from "./accuracy-table.js";

const money = (waste: number, emptyShelves: number) => ({ waste, emptyShelves, total: waste + emptyShelves });
const FIGURES: AccuracyFigures = {
  days: 24,
  sold: 2_400.4,
  live: { wape: 0.123, bias: -0.02, coverage80: 0.79 },
  promised: { wape: 0.11, bias: 0, coverage80: 0.8 },
  comparable: { days: 20, live: { wape: 0.12, bias: 0 }, lastWeek: { wape: 0.2, bias: 0 } },
  money: { days: 20, advised: money(10, 5), lastWeek: money(20, 10.5) },
  overrides: { days: 2, decided: money(3, 4), advised: money(1, 1), saved: -5 },
};
const VIEW: TenantAccuracyView = { from: "2026-05-01", until: "2026-05-28", unit: "loaves", currency: "EUR", totals: FIGURES, driftedProducts: 1, items: [], nextCursor: null };

describe("live accuracy on the command line", () => {
  it("says what it comes to in sentences, and only of what there is", () => {
    const summary = accuracySummary(VIEW);
    for (const words of [
      "2400 loaves sold",
      "WAPE 12.3 % (the back-tests promised 11.0 %)",
      "last week 20.0 %",
      "lost 15.00 EUR (10.00 to waste, 5.00 to empty shelves)",
      "2 decisions against the plan cost 5.00 EUR",
      "1 product has drifted",
    ])
      expect(summary).toContain(words);
    const bare = accuracySummary({ ...VIEW, totals: { ...FIGURES, money: null, overrides: null }, driftedProducts: 0 });
    for (const word of ["advised", "decisions", "drifted"]) expect(bare).not.toContain(word);
    expect(accuracySummary({ ...VIEW, totals: { ...FIGURES, days: 0 } })).toContain("no day was graded yet");
  });

  it("shows each product in a row", () => {
    const table = accuracyTable([{ productId: "rye", productName: "Rye", ...FIGURES, lastDrift: { day: "2026-05-09", direction: "down", since: "2026-05-06", size: -0.3, statistic: 5, threshold: 4.9, modelId: "0198c000-0000-4000-8000-000000000001" } }]);
    expect(table.split("\n").find((line) => line.includes("Rye"))?.replace(/[│\s]+/g, " ").trim()).toBe("Rye 2400 12.3 % 11.0 % 20.0 % -2.0 % 79.0 % 15.50 down since 2026-05-06");
  });
});
