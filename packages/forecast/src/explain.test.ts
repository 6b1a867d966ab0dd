import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { explain, type Explanation, type ExplainRequest, fit, type Model, predict } from "./index.js";
import type { Drivers } from "./drivers.js";
import { lastDayOf, weekdayOf } from "./series.js";
import { additiveOn, dynamicOn, shareOn } from "./sample-specs.js";
import { simulateProduct } from "./simulated-product.js";
import type { SingleSpec, Spec } from "./spec.js";
import { toScale } from "./transform.js";
import { sum } from "./vector.js";

const SINGLES: readonly SingleSpec[] = [
  { family: "seasonal-naive" },
  { family: "weekday-mean", weeks: 4 },
  { family: "smoothing", transform: "log", levelWeight: 0.2, weekdayWeight: 0.05 },
  { family: "regression", transform: "sqrt", lagDays: 14, yearlyOrder: 2, usesRegressors: true, ridgeDays: 20 },
  { family: "empirical", halfLifeDays: 56, otherWeekdayWeight: 0.2 },
  { family: "decomposed-smoothing", transform: "sqrt", levelWeight: 0.2, damping: 0.8, weeks: 5 },
  { family: "count", method: "croston", weight: 0.1 },
  additiveOn("linear"),
  additiveOn("sqrt"),
  additiveOn("log"),
  shareOn("linear"),
  shareOn("sqrt"),
  dynamicOn("sqrt"),
];
const ALL: Spec = { family: "combination", members: SINGLES };
/** The same members, pooled as opinions about a count. */
const COUNTED: Spec = { ...ALL, isCount: true };
const SPECS: readonly Spec[] = [...SINGLES, ALL, COUNTED];

/** Days ahead: the harvest day is the 13th of them. */
const DAYS = 28;
const LEVEL = 25;
const { series, drivers } = simulateProduct({ days: 522, seed: 5, level: LEVEL });
const START = lastDayOf(series) + 1;
const fitted = (spec: Spec, own: typeof series = series) => fit(spec, own, drivers, { backtest: { folds: [] }, seed: 1 });
const explained = (spec: Spec, changed: Partial<Drivers> = {}) => explain(fitted(spec), { start: START, days: DAYS, drivers: { ...drivers, ...changed } });
const dayOf = (explanation: Explanation, day: number) => explanation.days.find((each) => each.day === day) ?? expect.fail(`day ${day} is not explained`);
const partOf = (explanation: Explanation, day: number, kind: string, name?: string) =>
  dayOf(explanation, day).parts.find((part) => part.kind === kind && (name === undefined || part.name === name)) ?? expect.fail(`${kind} ${name ?? ""} is no part of day ${day}`);

/** The parts of every day add up, in both scales, to what `predict` says. */
const expectSums = (model: Model, request: ExplainRequest): Explanation => {
  const [medians] = predict(model, { ...request, levels: [0.5] }).values;
  const explanation = explain(model, request);
  expect(explanation.days.map(({ day }) => day)).toEqual(Array.from({ length: DAYS }, (_, i) => request.start + i));
  for (const [i, { median, scaled, parts }] of explanation.days.entries()) {
    expect(median).toBeCloseTo(medians?.[i] ?? Number.NaN, 9);
    expect(Math.abs(sum(parts.map(({ value }) => value)) - scaled)).toBeLessThan(1e-9 * Math.max(1, scaled));
    expect(Math.abs(sum(parts.map(({ units }) => units)) - median)).toBeLessThan(1e-9 * Math.max(1, median));
    if ("transform" in model.fitted) expect(scaled).toBeCloseTo(toScale(model.fitted.transform, median), 12);
    expect(new Set(parts.map(({ kind, name }) => `${kind} ${name}`)).size).toBe(parts.length);
    expect(parts.every(({ value, units }) => Number.isFinite(value) && Number.isFinite(units))).toBe(true);
    expect(parts.every(({ description }) => /^[A-Z].+\.$/.test(description))).toBe(true);
  }
  return explanation;
};
const expectToAddUp = (spec: Spec, own: typeof series = series, changed: Partial<Drivers> = {}): void =>
  void expectSums(fitted(spec, own), { start: lastDayOf(own) + 1, days: DAYS, drivers: { ...drivers, ...changed } });

describe("the parts of a forecast", () => {
  test.each(SPECS)("add up to the median · $family $transform", (spec) => expectToAddUp(spec));

  test("add up whatever was sold", () => {
    const demand = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 60 }), fc.double({ min: 0, max: 1e6, noNaN: true }), fc.constant(Number.NaN)), { minLength: 40, maxLength: 120 });
    fc.assert(
      fc.property(demand, fc.constantFrom(...SPECS), (y, spec) => expectToAddUp(spec, { start: series.start, y: Float64Array.from(y) })),
      { numRuns: 60 },
    );
  });

  test.each(["linear", "sqrt", "log"] as const)("add up where a forecast is held back from going below zero or up to the sky · %s", (transform) => {
    const model = fitted(additiveOn(transform));
    if (model.fitted.family !== "additive") expect.fail("expected an additive model");
    for (const [value, limit] of [[-9, 0], [9, model.fitted.transform.ceiling]] as const) {
      const shifted: Model = { ...model, fitted: { ...model.fitted, correction: { value, fade: 1, lastDay: START - 1 } } };
      const { days } = expectSums(shifted, { start: START, days: DAYS, drivers });
      expect(days.map(({ median }) => median)).toEqual(days.map(() => limit));
      expect(days.every(({ parts }) => parts.some(({ kind }) => kind === "limit"))).toBe(true);
    }
  });

  test.each([additiveOn("sqrt"), ALL, COUNTED])("add up to nothing on a day that the shop plans to be closed, and say why · $family", (spec) => {
    const plan = { openAhead: [START, START + 2] };
    expectToAddUp(spec, series, plan);
    const explanation = explained(spec, plan);
    expect(partOf(explanation, START + 1, "limit", "closed").description).toBe("The shop plans to be closed, so nothing is forecast.");
    expect(dayOf(explanation, START + 1).median).toBe(0);
    expect(dayOf(explanation, START).median).toBeGreaterThan(1);
  });

  test.each([additiveOn("sqrt"), shareOn("linear"), dynamicOn("sqrt")])("show what is known to be in the demand · $family", (spec) => {
    const explanation = explained(spec);
    const saturday = explanation.days.find(({ day }) => weekdayOf(day) === 5)?.day ?? 0;
    const holiday = drivers.specialDays[1]?.days.find((day) => day >= START) ?? 0;
    expect(partOf(explanation, saturday, "weekday", "Saturday").units).toBeGreaterThan(0.25 * LEVEL);
    expect(partOf(explanation, holiday, "special-day", "harvest day").units).toBeLessThan(-0.25 * LEVEL);
    expect(partOf(explanation, holiday - 1, "special-day").name).toBe("eve of harvest day");
    expect(partOf(explanation, holiday + 1, "special-day").name).toBe("day after harvest day");
    expect(partOf(explanation, START, "season").units).toBeGreaterThan(0);
    const named = dayOf(explanation, START).parts.filter(({ kind }) => kind === "regressor").map(({ name }) => name);
    expect(named.toSorted()).toEqual(drivers.regressors.map(({ name }) => name).toSorted());
    for (const kind of ["level", "trend", "recent-level"]) expect(partOf(explanation, START, kind)).toBeDefined();
  });

  test("of a combination are the weighted mean of its members', in the series' unit", () => {
    const members = [additiveOn("log"), SINGLES[0], SINGLES[2]].flatMap((spec) => spec ?? []);
    const weights = [0.5, 0.2, 0.3];
    const whole = explained({ family: "combination", members, weights });
    const each = members.map((spec) => explained(spec));
    expect(whole.scale).toBe("units");
    const units = (explanation: Explanation, kind: string) => sum(dayOf(explanation, START).parts.filter((part) => part.kind === kind).map((part) => part.units));
    for (const kind of ["level", "trend", "weekday", "season", "regressor", "recent-level"]) expect(units(whole, kind)).toBeCloseTo(sum(each.map((one, m) => (weights[m] ?? 0) * units(one, kind))), 9);
  });

  test("of a count are those of the mean, and what the whole number in the middle differs by from it", () => {
    const [mean, count] = [explained(ALL), explained(COUNTED)];
    for (const [i, { day, median, parts }] of count.days.entries()) {
      expect(Number.isInteger(median)).toBe(true);
      expect(parts.slice(0, -1)).toEqual(mean.days[i]?.parts);
      expect(partOf(count, day, "whole-units").units).toBeCloseTo(median - (mean.days[i]?.median ?? Number.NaN), 9);
    }
    expect(count.days[0]?.parts.at(-1)?.description).toMatch(/^What is sold in single units comes to a whole number, which (adds \S+|takes off \S+|makes no difference)\.$/);
  });

  test("tell of their worth in plain words", () => {
    const [first] = explained({ family: "weekday-mean", weeks: 4 }).days;
    const [level, weekday] = first?.parts ?? [];
    expect(level?.description).toBe(`The level: ${Number(level?.units.toFixed(1))} a day before anything else is counted.`);
    expect(weekday?.description).toMatch(/^A (Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day (adds|takes off) \d+(\.\d+)?\.$/);
  });

  test("of a day that the model has seen are refused", () => {
    expect(() => explain(fitted(SINGLES[0] ?? ALL), { start: START - 1, days: 1, drivers })).toThrow(/expected a start after the model's cutoff/);
  });
});
