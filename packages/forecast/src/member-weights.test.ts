import { describe, expect, test } from "vitest";
import type { DemandClass } from "./demand-class.js";
import { meanOutlook } from "./disagreement.js";
import { normalised, weigh, weightsOf, type Weighable } from "./member-weights.js";

const member = (family: Weighable["spec"]["family"], loss: number): Weighable => ({ spec: { family }, loss });
const sharesOf = (members: readonly Weighable[], days: number, demandClass: DemandClass = "high") => normalised(weigh(members, days, demandClass));

describe("a combination", () => {
  test("averages quantile by quantile, with its weights where it has some", () => {
    const outlooks = [[Float64Array.of(1, 2)], [Float64Array.of(3, 6)]];
    expect(meanOutlook(outlooks, weightsOf({ members: outlooks }))).toEqual([Float64Array.of(2, 4)]);
    expect(meanOutlook(outlooks, [0.25, 0.75])).toEqual([Float64Array.of(2.5, 5)]);
    expect(weightsOf({ members: [1, 2] })).toEqual([0.5, 0.5]);
  });

  test("weighs the better more, and the more so the more days have told", () => {
    const members = [member("additive", 90), member("dynamic-regression", 100), member("additive", 110)];
    const [best = 0, middle = 0, worst = 0] = sharesOf(members, 42);
    expect(best).toBeGreaterThan(middle);
    expect(middle).toBeGreaterThan(worst);
    expect(sharesOf(members, 400)[0]).toBeGreaterThan(best);
    expect(sharesOf(members, 5)[0]).toBeLessThan(best);
    expect(sharesOf(members, 0)).toEqual([1 / 3, 1 / 3, 1 / 3]);
  });

  test("trusts a simple family only when it is clearly better", () => {
    const [model = 0, simple = 0] = sharesOf([member("additive", 100), member("weekday-mean", 95)], 42);
    expect(simple).toBeLessThan(model);
    const rivals = [member("additive", 100), member("weekday-mean", 60)];
    const [late = 0, clearly = 0] = sharesOf(rivals, 42, "intermittent");
    expect(clearly).toBeGreaterThan(late);
    const [, ofSteadyDemand = 0] = sharesOf(rivals, 42, "high");
    expect(ofSteadyDemand).toBeLessThan(clearly);
  });

  test("knows weights without any loss, and without any member", () => {
    expect(sharesOf([member("additive", 0), member("additive", 0)], 42)).toEqual([0.5, 0.5]);
    expect(sharesOf([member("additive", 0), member("additive", 10)], 42).every(Number.isFinite)).toBe(true);
    expect(weigh([], 42, "high")).toEqual([]);
  });
});
