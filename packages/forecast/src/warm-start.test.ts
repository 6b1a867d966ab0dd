import { describe, expect, test } from "vitest";
import { fit, toJson, tune } from "./index.js";
import { simulateProduct } from "./simulated-product.js";
import type { SingleSpec, Spec } from "./spec.js";
import { warmStart } from "./warm-start.js";

const FLOOR: SingleSpec = { family: "seasonal-naive" };
const smoothing = (levelWeight: number): SingleSpec => ({ family: "smoothing", transform: "sqrt", levelWeight, weekdayWeight: 0.05 });
const CANDIDATES: readonly SingleSpec[] = [FLOOR, smoothing(0.1), smoothing(0.2), { family: "weekday-mean", weeks: 4 }, { family: "weekday-mean", weeks: 6 }, smoothing(0.3)];

const { series, drivers } = simulateProduct({ days: 200, seed: 3, level: 20 });
const options = { demandClass: "medium", trials: 12, plan: { horizonDays: 14, folds: 2, stepDays: 14 }, seed: 5 } as const;
const artifactOf = (startFrom?: unknown): string => {
  const { spec, backtest } = tune(series, drivers, { ...options, startFrom });
  return toJson(fit(spec, series, drivers, { backtest, seed: 5 }));
};

describe("a warm start", () => {
  test("tries the champion's setting right after the floor, in place of the last one drawn", () => {
    expect(warmStart(CANDIDATES, smoothing(0.77))).toEqual([FLOOR, smoothing(0.77), ...CANDIDATES.slice(1, 5)]);
  });

  test("tries what a combination was made of, but leaves most of the places to the search", () => {
    const members = [smoothing(0.2), smoothing(0.5), { family: "weekday-mean", weeks: 9 }, smoothing(0.6)];
    expect(warmStart(CANDIDATES, { family: "combination", members })).toEqual([FLOOR, smoothing(0.5), { family: "weekday-mean", weeks: 9 }, ...CANDIDATES.slice(1, 4)]);
  });

  test("changes nothing when the champion's setting is among the candidates, in whatever order its keys come back", () => {
    expect(warmStart(CANDIDATES, { weekdayWeight: 0.05, levelWeight: 0.2, transform: "sqrt", family: "smoothing" })).toEqual(CANDIDATES);
    expect(warmStart([FLOOR], smoothing(0.5))).toEqual([FLOOR]);
  });

  test("leaves out what is no setting of today's engine", () => {
    const { family, ...rest } = smoothing(0.5) as { family: string };
    for (const champion of [undefined, null, "additive", 7, [], {}, { family: "crystal-ball" }, rest, { ...rest, family, more: 1 }, { family: "combination", members: [null, { family }] }, { family, levelWeight: "0.5", transform: "sqrt", weekdayWeight: 0.05 }]) {
      expect(warmStart(CANDIDATES, champion)).toEqual(CANDIDATES);
    }
  });

  test("from the champion of the same data comes to the same model, byte for byte", () => {
    const cold = tune(series, drivers, options);
    expect(artifactOf(JSON.parse(JSON.stringify(cold.spec)))).toBe(artifactOf());
  });

  test("from any champion judges as many trials, the floor among them", () => {
    const champion: Spec = { family: "combination", members: [smoothing(0.41), smoothing(0.42)] };
    const warm = tune(series, drivers, { ...options, startFrom: champion });
    expect(warm.trials).toBe(12);
    expect(warm.naiveScore).toEqual(tune(series, drivers, options).naiveScore);
  });
});
