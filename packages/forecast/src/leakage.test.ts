import { describe, expect, test } from "vitest";
import { backtest, fit, predict } from "./index.js";
import type { Drivers } from "./drivers.js";
import { lastDayOf } from "./series.js";
import { simulateProduct } from "./simulated-product.js";
import type { Spec } from "./spec.js";

const ADDITIVE: Spec = {
  family: "additive",
  transform: "sqrt",
  changepointScale: 0.03,
  weeklyScale: 0.3,
  weeklyBySeasonScale: 0.05,
  yearlyOrder: 6,
  yearlyScale: 0.15,
  specialScale: 0.15,
  ownSpecialScale: 0.1,
  regressorScale: 0.3,
  correction: { weight: 0.15, fade: 0.98 },
};
const REGRESSION: Spec = { family: "regression", transform: "sqrt", lagDays: 14, yearlyOrder: 2, usesRegressors: true, ridgeDays: 20 };
const SMOOTHING: Spec = { family: "smoothing", transform: "sqrt", levelWeight: 0.2, weekdayWeight: 0.05 };

const { series, drivers } = simulateProduct({ days: 600, seed: 11, level: 50 });
const last = lastDayOf(series);
const plan = { horizonDays: 14, folds: 2, stepDays: 14 };
const firstCutoff = last - 28;

/** The drivers as if everything after `day` had come out differently. */
const changedAfter = (day: number, isKnownAhead: boolean): Drivers => ({
  ...drivers,
  regressors: drivers.regressors.map((regressor) =>
    regressor.isKnownAhead === isKnownAhead
      ? { ...regressor, values: regressor.values.map((value, i) => (regressor.start + i > day ? value + 100 + i : value)) }
      : regressor,
  ),
});

describe("a driver that is not known ahead", () => {
  test.each([ADDITIVE, REGRESSION])("says nothing about the days after a fold's cutoff · $family", (spec) => {
    const [first] = backtest(spec, series, drivers, plan).folds;
    const [changed] = backtest(spec, series, changedAfter(firstCutoff, false), plan).folds;
    expect(first?.cutoff).toBe(firstCutoff);
    expect(changed?.outlook).toEqual(first?.outlook);
  });

  test.each([ADDITIVE, REGRESSION])("says nothing about the days after the model's cutoff · $family", (spec) => {
    const model = fit(spec, series, drivers, { backtest: { folds: [] }, seed: 1 });
    const request = { start: last + 1, days: 14, levels: [0.5] };
    expect(predict(model, { ...request, drivers: changedAfter(last, false) })).toEqual(predict(model, { ...request, drivers }));
  });
});

describe("what is assumed of a driver that is not known ahead", () => {
  test("counts on its own day, after the model's cutoff, and leaves every other day as it was", () => {
    const model = fit(ADDITIVE, series, drivers, { backtest: { folds: [] }, seed: 1 });
    const request = { start: last + 1, days: 3, levels: [0.5] };
    const [standing] = predict(model, { ...request, drivers }).values;
    const assume = (day: number, value: number): Drivers => ({
      ...drivers,
      regressors: drivers.regressors.map((each) => (each.name === "precipitation_mm" ? { ...each, assumed: new Map([[day, value]]) } : each)),
    });
    const [assumed] = predict(model, { ...request, drivers: assume(last + 2, 40) }).values;
    expect(assumed?.[1]).not.toBe(standing?.[1]);
    expect([assumed?.[0], assumed?.[2]]).toEqual([standing?.[0], standing?.[2]]);
    expect(predict(model, { ...request, drivers: assume(last, 40) }).values[0]).toEqual(standing);
  });
});

describe("a driver that is known ahead", () => {
  test("is used as it stands after the cutoff", () => {
    const model = fit(ADDITIVE, series, drivers, { backtest: { folds: [] }, seed: 1 });
    const request = { start: last + 1, days: 14, levels: [0.5] };
    expect(predict(model, { ...request, drivers: changedAfter(last, true) })).not.toEqual(predict(model, { ...request, drivers }));
  });
});

describe("a fold", () => {
  test.each([ADDITIVE, REGRESSION, SMOOTHING])("sees no sale after its cutoff · $family", (spec) => {
    const later = { ...series, y: series.y.map((value, i) => (series.start + i > firstCutoff ? value * 9 : value)) };
    expect(backtest(spec, later, drivers, plan).folds[0]?.outlook).toEqual(backtest(spec, series, drivers, plan).folds[0]?.outlook);
  });

  test("judges only open days, and looks further back when the shop was closed", () => {
    const isClosed = (i: number) => i >= 500 && i < 586;
    const closed = { ...series, y: series.y.map((value, i) => (isClosed(i) ? Number.NaN : value)) };
    const { folds } = backtest(SMOOTHING, closed, drivers, { horizonDays: 14, folds: 3, stepDays: 14 });
    expect(folds).toHaveLength(3);
    expect(folds.at(-1)?.cutoff).toBe(last - 14);
    expect(folds[0]?.cutoff).toBeLessThan(series.start + 500);
    expect(folds.every(({ days, actual }) => days.length > 0 && actual.every(Number.isFinite))).toBe(true);
  });
});
