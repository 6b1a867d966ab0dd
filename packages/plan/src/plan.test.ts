import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chanceToSellOut, cheapestBake, criticalRatio, demandOf, expectedCost, expectedLost, expectedWaste, fitIntoOven, quantileOf, stakesOf, type BakeableProduct, type Demand } from "./index.js";

/** Demand that is equally likely anywhere from 0 to 100, but for the outermost hundredths. */
const LEVELS = Array.from({ length: 99 }, (_, i) => (i + 1) / 100);
const even = demandOf(LEVELS, LEVELS.map((level) => 100 * level));

const anyDemand: fc.Arbitrary<Demand> = fc
  .array(fc.double({ min: 0, max: 500, noNaN: true }), { minLength: 3, maxLength: 23 })
  .map((values) => demandOf(values.map((_, i) => (i + 1) / (values.length + 1)), values.toSorted((a, b) => a - b)));
const anyStakes = fc.record({ over: fc.double({ min: 0.05, max: 5, noNaN: true }), under: fc.double({ min: -0.5, max: 10, noNaN: true }) });
const anyRules = fc.record({ traySize: fc.integer({ min: 1, max: 24 }), displayMin: fc.integer({ min: 0, max: 30 }) });

describe("what is asked for", () => {
  test("is told by its quantiles, straight lines between them", () => {
    expect([quantileOf(even, 0.5), quantileOf(even, 0.755), quantileOf(even, 0.999)]).toEqual([50, expect.closeTo(75.5, 9), 99]);
    expect(chanceToSellOut(even, 80)).toBeCloseTo(0.2, 9);
    expect(chanceToSellOut(even, 0)).toBe(1);
    expect(expectedWaste(even, 50)).toBeCloseTo(12.5, 2);
    expect(expectedLost(even, 50)).toBeCloseTo(12.495, 9);
  });

  test("is refused where levels or quantiles are none", () => {
    expect(() => demandOf([0.5, 0.5], [1, 2])).toThrow("expected levels that ascend");
    expect(() => demandOf([0.5], [Number.NaN])).toThrow("expected finite quantiles");
    expect(() => demandOf([0.5], [])).toThrow("as many quantiles as levels");
  });

  test("is either sold, or asked for in vain, and what is baked is either sold or left over", () => {
    fc.assert(
      fc.property(anyDemand, fc.double({ min: 0, max: 600, noNaN: true }), (demand, quantity) => {
        const mean = expectedLost(demand, 0);
        expect(quantity - expectedWaste(demand, quantity)).toBeCloseTo(mean - expectedLost(demand, quantity), 6);
      }),
    );
  });
});

describe("how many to bake", () => {
  test("is the quantile of the critical ratio", () => {
    const stakes = stakesOf({ unitPrice: 3, unitCost: 1, wasteValue: 0, goodwillLoss: 1 });
    expect(criticalRatio(stakes)).toBe(0.75);
    expect(cheapestBake(even, stakes, { traySize: 1, displayMin: 0 })).toEqual({ trays: 75, quantity: 75 });
  });

  test("is rounded to the tray that costs less, not to the nearer one", () => {
    const dear = stakesOf({ unitPrice: 10, unitCost: 1, wasteValue: 0, goodwillLoss: 0 });
    expect(quantileOf(even, criticalRatio(dear))).toBe(90);
    // Large demand is rare, so the tray above costs less although the one below is nearer to the quantile of 69.
    const skewed = demandOf(LEVELS, LEVELS.map((level) => -30 * Math.log(1 - level)));
    expect(quantileOf(skewed, 0.9)).toBeCloseTo(69, 0);
    expect(cheapestBake(skewed, dear, { traySize: 47, displayMin: 0 })).toEqual({ trays: 2, quantity: 94 });
  });

  test("is never beaten by any other number of trays above the display's minimum", () => {
    fc.assert(
      fc.property(anyDemand, anyStakes, anyRules, (demand, stakes, rules) => {
        const { quantity, trays } = cheapestBake(demand, stakes, rules);
        const cost = expectedCost(demand, stakes, quantity);
        expect(quantity).toBeGreaterThanOrEqual(rules.displayMin);
        for (let other = Math.ceil(rules.displayMin / rules.traySize); other < trays + 60; other += 1) {
          expect(cost).toBeLessThanOrEqual(expectedCost(demand, stakes, other * rules.traySize) + 1e-6);
        }
      }),
    );
  });

  test("is what the display needs where a sale brings less than baking costs, and nothing without a display", () => {
    const losing = stakesOf({ unitPrice: 1, unitCost: 2, wasteValue: 0, goodwillLoss: 0 });
    expect(cheapestBake(even, losing, { traySize: 6, displayMin: 0 }).quantity).toBe(0);
    expect(cheapestBake(even, losing, { traySize: 6, displayMin: 7 }).quantity).toBe(12);
  });

  test("has no answer where leftovers bring what they cost", () => {
    expect(() => criticalRatio(stakesOf({ unitPrice: 3, unitCost: 1, wasteValue: 1, goodwillLoss: 0 }))).toThrow("worth less than it cost");
  });
});

describe("an oven that is too small", () => {
  const bakeable = (demand: Demand, under: number, rules = { traySize: 1, displayMin: 0 }, placesPerUnit = 1): BakeableProduct => {
    const stakes = { over: 1, under };
    return { ...cheapestBake(demand, stakes, rules), ...rules, demand, stakes, placesPerUnit };
  };

  test("gives up what is missed least", () => {
    const [cheap, dear] = fitIntoOven([bakeable(even, 1), bakeable(even, 9)], { capacity: 100 });
    expect((cheap?.quantity ?? 0) + (dear?.quantity ?? 0)).toBe(100);
    expect(dear?.quantity).toBeGreaterThan(3 * (cheap?.quantity ?? 0));
  });

  test("changes nothing while all fits", () => {
    const products = [bakeable(even, 1), bakeable(even, 3)];
    expect(fitIntoOven(products, { capacity: 125 }).map(({ quantity }) => quantity)).toEqual(products.map(({ quantity }) => quantity));
  });

  test("empties the display last, and when it must", () => {
    const shown = bakeable(even, 1, { traySize: 10, displayMin: 40 });
    expect(fitIntoOven([shown, bakeable(even, 9)], { capacity: 60 }).map(({ quantity }) => quantity)).toEqual([40, 20]);
    expect(fitIntoOven([shown], { capacity: 25 })).toEqual([{ trays: 2, quantity: 20 }]);
    expect(fitIntoOven([shown], { capacity: 0 })).toEqual([{ trays: 0, quantity: 0 }]);
  });

  test("is filled in time also with more trays than anybody would count", () => {
    const many = Array.from({ length: 200 }, (_, i) => bakeable(even, 1 + (i % 9), { traySize: 0.01, displayMin: 0 }));
    const baked = fitIntoOven(many, { capacity: 5_000 });
    const used = baked.reduce((total, { quantity }) => total + quantity, 0);
    expect(used).toBeLessThanOrEqual(5_000 + 1e-6);
    expect(used).toBeGreaterThan(4_990);
  });

  test("holds, of equal trays, what no other choice holds at less cost", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyDemand, anyStakes), { minLength: 2, maxLength: 2 }), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 0, max: 30 }), (pairs, traySize, trays) => {
        const rules = { traySize, displayMin: 0 };
        const products = pairs.map(([demand, stakes]): BakeableProduct => ({ ...cheapestBake(demand, stakes, rules), ...rules, demand, stakes, placesPerUnit: 1 }));
        const costOf = (counts: readonly number[]) => products.reduce((total, { demand, stakes }, i) => total + expectedCost(demand, stakes, (counts[i] ?? 0) * traySize), 0);
        const chosen = fitIntoOven(products, { capacity: trays * traySize }).map((bake) => bake.trays);
        expect(chosen.reduce((total, count) => total + count, 0)).toBeLessThanOrEqual(trays);
        const [a = 0, b = 0] = products.map((product) => product.trays);
        for (let first = 0; first <= Math.min(a, trays); first += 1) expect(costOf(chosen)).toBeLessThanOrEqual(costOf([first, Math.min(b, trays - first)]) + 1e-6);
      }),
      { numRuns: 50 },
    );
  });
});
