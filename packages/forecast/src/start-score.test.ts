import { describe, expect, test } from "vitest";
import { backtest, scoreOf, tune } from "./index.js";
import { openFolds, outlookOf } from "./backtest.js";
import { startScoreOf } from "./start-score.js";
import { simulateProduct } from "./simulated-product.js";

const { series, drivers } = simulateProduct({ days: 200, seed: 3, level: 20 });
const options = { demandClass: "medium", trials: 12, plan: { horizonDays: 14, folds: 2, stepDays: 14 }, seed: 5 } as const;

describe("the score of the spec that a search began at", () => {
  test.each(["medium", "low"] as const)("is the one that its own back-test would come to, for a combination and for a single setting · %s", (demandClass) => {
    const { spec } = tune(series, drivers, { ...options, demandClass });
    const single = spec.family === "combination" ? spec.members[1] : undefined;
    if (single === undefined) throw new Error("expected a combination");
    const later = { ...series, y: series.y.slice(0, -3) };
    for (const start of [spec, single]) {
      const { startScore } = tune(later, drivers, { ...options, demandClass, startFrom: JSON.parse(JSON.stringify(start)) });
      expect(startScore).toEqual(scoreOf(backtest(start, later, drivers, options.plan)));
    }
  });

  test("is unknown where a member was given up before the last fold", () => {
    const specs = [{ family: "seasonal-naive" }, { family: "weekday-mean", weeks: 4 }] as const;
    const folds = openFolds(series, drivers, options.plan);
    const trials = specs.map((spec) => ({ spec, outlooks: folds.map((fold) => outlookOf(spec, fold)) }));
    const start = { family: "combination", members: specs };
    expect(startScoreOf(start, folds, trials)).toMatchObject({ pinball: expect.any(Number) });
    expect(startScoreOf(start, folds, trials.map(({ spec, outlooks }, i) => ({ spec, outlooks: outlooks.slice(0, folds.length - i) })))).toBeNull();
  });

  test("is unknown for a setting that was not tried, and for what is none", () => {
    for (const startFrom of [undefined, null, 7, { family: "crystal-ball" }, { family: "combination", members: [] }, { family: "combination", members: [{ family: "crystal-ball" }] }]) {
      expect(tune(series, drivers, { ...options, startFrom }).startScore).toBeNull();
    }
  });
});
