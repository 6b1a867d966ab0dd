import { describe, expect, test } from "vitest";
import { fit, MODEL_SCHEMA_VERSION, parseModel, predict, toJson } from "./index.js";
import { shareOn } from "./sample-specs.js";
import { lastDayOf } from "./series.js";
import { simulateProduct } from "./simulated-product.js";
import type { SingleSpec, Spec } from "./spec.js";

const { series, drivers } = simulateProduct({ days: 500, seed: 2, level: 25 });
const SINGLES: readonly SingleSpec[] = [
  { family: "seasonal-naive" },
  { family: "weekday-mean", weeks: 4 },
  { family: "smoothing", transform: "log", levelWeight: 0.2, weekdayWeight: 0.05 },
  { family: "regression", transform: "sqrt", lagDays: 14, yearlyOrder: 2, usesRegressors: true, ridgeDays: 20 },
  { family: "empirical", halfLifeDays: 56, otherWeekdayWeight: 0.2 },
  {
    family: "additive",
    transform: "linear",
    changepointScale: 0.05,
    weeklyScale: 1,
    weeklyBySeasonScale: 0,
    yearlyOrder: 4,
    yearlyScale: 0.2,
    specialScale: 0.2,
    ownSpecialScale: 0,
    regressorScale: 0.1,
    correction: { weight: 0, fade: 1 },
  },
  shareOn("linear"),
];
const SPECS: readonly Spec[] = [...SINGLES, { family: "combination", members: SINGLES }, { family: "combination", members: SINGLES, isCount: true }];
const fitted = (spec: Spec) => fit(spec, series, drivers, { backtest: { folds: [] }, seed: 9 });

describe("a model", () => {
  test.each(SPECS)("forecasts the same after it was stored · $family", (spec) => {
    const model = fitted(spec);
    const json = toJson(model);
    const request = { start: lastDayOf(series) + 1, days: 14, drivers, levels: [0.1, 0.5, 0.9] };
    expect(toJson(parseModel(json))).toBe(json);
    expect(predict(parseModel(json), request)).toEqual(predict(model, request));
  });

  test("is refused when it is not JSON, of another version, or not whole", () => {
    const model = fitted(SINGLES[5] ?? { family: "seasonal-naive" });
    const changed = (change: object) => JSON.stringify({ ...model, ...change });
    expect(() => parseModel("half a mod")).toThrow("expected a model as JSON, got text that is none (10 characters)");
    expect(() => parseModel("[]")).toThrow("expected a model as a JSON object, got []");
    expect(() => parseModel(changed({ schemaVersion: 99 }))).toThrow(`expected a model of schema version ${MODEL_SCHEMA_VERSION}, got 99`);
    expect(() => parseModel(changed({ widening: { low: null, high: 1 } }))).toThrow("got one without widening");
    expect(() => parseModel(changed({ recipe: null }))).toThrow("got one without a recipe for its columns");
    expect(() => parseModel(changed({ fitted: { family: "crystal-ball" }, spec: { family: "crystal-ball" } }))).toThrow('of the unknown family "crystal-ball"');
    expect(() => parseModel(changed({ fitted: { ...model.fitted, beta: [1] } }))).toThrow("whose beta do not fit its columns");
    const combination = fitted({ family: "combination", members: SINGLES.slice(0, 2) });
    expect(() => parseModel(JSON.stringify({ ...combination, fitted: { ...combination.fitted, disagreement: "much" } }))).toThrow("whose members disagree by no number");
    expect(() => parseModel(JSON.stringify({ ...combination, fitted: { ...combination.fitted, countUnit: 0 } }))).toThrow("whose demand is counted in no number");
    expect(() => parseModel(changed({ fitted: { ...model.fitted, growth: { center: 1 } } }))).toThrow("whose spread grows by no number");
    const shares = fitted(shareOn("linear"));
    expect(() => parseModel(JSON.stringify({ ...shares, fitted: { ...shares.fitted, roles: ["trend"] } }))).toThrow("without a role for each of its columns");
  });
});
