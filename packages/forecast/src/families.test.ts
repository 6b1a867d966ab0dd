import { describe, expect, test } from "vitest";
import { fitSpec, project } from "./families.js";
import { historyUntil } from "./history.js";
import { MEDIAN_INDEX, quantileAt } from "./outlook.js";
import { lastDayOf, weekdayOf } from "./series.js";
import { SIMULATION_START, simulateProduct } from "./simulated-product.js";
import type { Spec } from "./spec.js";

const NOTHING = { regressors: [], specialDays: [] };

/** Median of the next 14 days after a series of these values. */
const medianAfter = (spec: Spec, y: readonly number[], drivers = NOTHING): number[] => {
  const series = { start: SIMULATION_START, y: Float64Array.from(y) };
  const history = historyUntil(series, drivers, lastDayOf(series));
  const days = Int32Array.from({ length: 14 }, (_, i) => lastDayOf(series) + 1 + i);
  return [...(project(fitSpec(spec, history), history.ahead(days))[MEDIAN_INDEX] ?? [])];
};

const WEEK = [10, 11, 12, 13, 20, 30, 5];
const weeks = (count: number, factor = (_week: number) => 1) => Array.from({ length: 7 * count }, (_, i) => (WEEK[i % 7] ?? 0) * factor(Math.floor(i / 7)));

describe("seasonal naive", () => {
  test("repeats the last week", () => {
    const y = weeks(10, (week) => 1 + week / 10);
    const expected = y.slice(-7);
    for (const [i, value] of medianAfter({ family: "seasonal-naive" }, y).entries()) expect(value).toBeCloseTo(expected[i % 7] ?? 0, 9);
  });

  test("reaches further back over a closed day", () => {
    const y = weeks(10);
    y[69] = Number.NaN;
    expect(medianAfter({ family: "seasonal-naive" }, y)[6]).toBeCloseTo(5, 9);
  });
});

describe("the weekday mean", () => {
  test("averages the last weeks on the square-root scale", () => {
    const y = weeks(12, (week) => (week % 2 === 0 ? 1 : 4));
    for (const [i, value] of medianAfter({ family: "weekday-mean", weeks: 4 }, y).entries()) expect(value).toBeCloseTo(2.25 * (WEEK[i % 7] ?? 0), 9);
  });
});

describe("smoothing", () => {
  test("follows a shift of level and keeps the weekday profile", () => {
    const spec: Spec = { family: "smoothing", transform: "log", levelWeight: 0.3, weekdayWeight: 0.05 };
    const median = medianAfter(spec, weeks(30, (week) => (week < 26 ? 1 : 1.5)));
    for (const [i, value] of median.entries()) expect(Math.abs(value / (1.5 * (WEEK[i % 7] ?? 0)) - 1)).toBeLessThan(0.1);
  });
});

describe("a count", () => {
  const weekly = (day: number) => (day % 7 === 5 ? 4 : day % 7 === 2 ? 1 : 0);
  const outlookAfter = (y: readonly number[]) => {
    const series = { start: SIMULATION_START, y: Float64Array.from(y) };
    const history = historyUntil(series, NOTHING, lastDayOf(series));
    const days = Int32Array.from({ length: 7 }, (_, i) => lastDayOf(series) + 1 + i);
    return project(fitSpec({ family: "count", method: "teunter-syntetos-babai", weight: 0.05 }, history), history.ahead(days));
  };

  test("is a whole number on every day and level, and knows its weekdays", () => {
    const outlook = outlookAfter(Array.from({ length: 210 }, (_, day) => weekly(day)));
    expect(outlook.every((row) => row.every(Number.isInteger))).toBe(true);
    const medians = quantileAt(outlook, 0.5);
    expect([...medians].indexOf(Math.max(...medians))).toBe(5);
    expect(quantileAt(outlook, 0.5)[0]).toBe(0);
  });

  test("comes in trays where only whole trays are sold", () => {
    const outlook = outlookAfter(Array.from({ length: 210 }, (_, day) => 6 * weekly(day)));
    expect(outlook.every((row) => row.every((value) => value % 6 === 0))).toBe(true);
    expect(quantileAt(outlook, 0.9)[5]).toBeGreaterThanOrEqual(24);
  });
});

describe("smoothing on a decomposition", () => {
  const spec: Spec = { family: "decomposed-smoothing", transform: "linear", levelWeight: 0.2, damping: 0.8, weeks: 5 };

  test("reproduces a weekday pattern without noise, closed days or not", () => {
    const y = weeks(30);
    for (const [i, value] of medianAfter(spec, y).entries()) expect(value).toBeCloseTo(WEEK[i % 7] ?? 0, 1);
    const closed = y.map((value, day) => (day % 31 === 3 ? Number.NaN : value));
    for (const [i, value] of medianAfter(spec, closed).entries()) expect(Math.abs(value - (WEEK[i % 7] ?? 0))).toBeLessThan(0.5);
  });

  test("follows a week that changes its shape", () => {
    const y = Array.from({ length: 210 }, (_, day) => (day % 7 === 2 && day > 105 ? 30 : 10));
    expect(medianAfter(spec, y)[2]).toBeGreaterThan(27);
  });
});

describe("the empirical distribution", () => {
  test("of whole numbers is whole numbers, and of a product that sells one day in five has a median of zero", () => {
    const y = Array.from({ length: 300 }, (_, i) => (i % 5 === 0 ? 1 + (i % 3) : 0));
    const series = { start: SIMULATION_START, y: Float64Array.from(y) };
    const history = historyUntil(series, NOTHING, lastDayOf(series));
    const outlook = project(fitSpec({ family: "empirical", halfLifeDays: 60, otherWeekdayWeight: 1 }, history), history.ahead(Int32Array.of(lastDayOf(series) + 1)));
    expect(quantileAt(outlook, 0.5)[0]).toBe(0);
    expect(quantileAt(outlook, 0.9)[0]).toBeGreaterThanOrEqual(1);
    expect(outlook.every(([value = 0.5]) => Number.isInteger(value))).toBe(true);
  });
});

describe("the additive model and the regression", () => {
  const specs: Spec[] = [
    {
      family: "additive",
      transform: "linear",
      changepointScale: 0.02,
      weeklyScale: 1,
      weeklyBySeasonScale: 0,
      yearlyOrder: 0,
      yearlyScale: 0,
      specialScale: 0,
      ownSpecialScale: 0,
      regressorScale: 0,
      correction: { weight: 0, fade: 1 },
    },
    { family: "regression", transform: "linear", lagDays: 14, yearlyOrder: 0, usesRegressors: false, ridgeDays: 1e-6 },
  ];
  test.each(specs)("reproduce a weekday pattern without noise · $family", (spec) => {
    for (const [i, value] of medianAfter(spec, weeks(40)).entries()) expect(value).toBeCloseTo(WEEK[i % 7] ?? 0, 0);
  });

  test("know a public holiday that nothing else announces", () => {
    const { series, drivers } = simulateProduct({ days: 1_000, seed: 6, level: 100, noise: 0.05, holiday: 0.4 });
    const holiday = drivers.specialDays.flatMap(({ days }) => days).filter((day) => day > lastDayOf(series) && weekdayOf(day) !== 5)[0] ?? 0;
    const history = historyUntil(series, drivers, lastDayOf(series));
    const spec: Spec = { family: "regression", transform: "log", lagDays: 14, yearlyOrder: 2, usesRegressors: true, ridgeDays: 1 };
    const [on = 0, next = 0] = project(fitSpec(spec, history), history.ahead(Int32Array.of(holiday, holiday + 7)))[MEDIAN_INDEX] ?? [];
    expect(on / next).toBeLessThan(0.6);
  });
});
