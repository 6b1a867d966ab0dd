import type { Drivers, Series, TuneRequest } from "@levain/forecast";
import { describe, expect, test } from "vitest";
import { tuningDigest } from "./digest.js";

const series: Series = { start: 20_000, y: Float64Array.of(3, Number.NaN, 0, 7.5) };
const drivers: Drivers = {
  regressors: [
    { name: "temperature_c", start: 20_000, values: Float64Array.of(1, 2, 3, 4, 5), isKnownAhead: false },
    { name: "school_holiday", start: 20_001, values: Float64Array.of(0, 1), isKnownAhead: true },
  ],
  specialDays: [{ name: "Easter Monday", days: [20_002] }],
  openAhead: [20_004],
};
const options: TuneRequest = { demandClass: "high", trials: 30, plan: { horizonDays: 14, folds: 3, stepDays: 14 }, seed: 1 };
const question = { series, drivers, options };
const digest = tuningDigest(question, "engine 1");
const [temperature, holiday] = drivers.regressors;
if (temperature === undefined || holiday === undefined) throw new Error("expected two regressors");

describe("the digest of a tuning", () => {
  test("is the same for the same question, however it came to be", () => {
    const copy = structuredClone(question);
    const shifted = { ...copy, series: { start: 20_000, y: Float64Array.of(9, ...series.y, 9).subarray(1, 5) } };
    const rebuilt: TuneRequest = { seed: 1, plan: { stepDays: 14, folds: 3, horizonDays: 14 }, trials: 30, demandClass: "high" };
    expect(tuningDigest(copy, "engine 1")).toBe(digest);
    expect(tuningDigest(shifted, "engine 1")).toBe(digest);
    expect(tuningDigest({ ...copy, options: rebuilt }, "engine 1")).toBe(digest);
    expect(digest).toMatch(/^[0-9a-f]{64}-[0-9a-f]{64}$/);
  });

  test("does not depend on where the search starts from", () => {
    expect(tuningDigest({ ...question, options: { ...options, startFrom: { family: "additive" } } }, "engine 1")).toBe(digest);
  });

  const changed = (change: Partial<Drivers>) => ({ ...question, drivers: { ...drivers, ...change } });
  const others: readonly (readonly [string, typeof question])[] = [
    ["one sale more", { ...question, series: { ...series, y: Float64Array.of(3, Number.NaN, 0, 8.5) } }],
    ["a day closed that was open without a sale", { ...question, series: { ...series, y: Float64Array.of(3, Number.NaN, Number.NaN, 7.5) } }],
    ["a day later", { ...question, series: { ...series, start: 20_001 } }],
    ["a day more", { ...question, series: { ...series, y: Float64Array.of(...series.y, 1) } }],
    ["other weather", changed({ regressors: [{ ...temperature, values: Float64Array.of(1, 2, 3, 4, 5.5) }, holiday] })],
    ["another name", changed({ regressors: [{ ...temperature, name: "cloud_cover" }, holiday] })],
    ["weather known ahead", changed({ regressors: [{ ...temperature, isKnownAhead: true }, holiday] })],
    ["weather of a day before", changed({ regressors: [{ ...temperature, start: 19_999 }, holiday] })],
    ["a value that moved to the next column", changed({ regressors: [{ ...temperature, values: Float64Array.of(1, 2, 3, 4) }, { ...holiday, values: Float64Array.of(5, 0, 1) }] })],
    ["no weather", changed({ regressors: [holiday] })],
    ["another holiday", changed({ specialDays: [{ name: "Easter Monday", days: [20_003] }] })],
    ["another opening plan", changed({ openAhead: [20_004, 20_005] })],
    ["another trial", { ...question, options: { ...options, trials: 31 } }],
    ["another seed", { ...question, options: { ...options, seed: 2 } }],
    ["another horizon", { ...question, options: { ...options, plan: { ...options.plan, horizonDays: 7 } } }],
    ["another demand class", { ...question, options: { ...options, demandClass: "low" } }],
  ];

  test.each(others)("differs for %s", (_, other) => expect(tuningDigest(other, "engine 1")).not.toBe(digest));

  test("differs for another engine", () => expect(tuningDigest(question, "engine 2")).not.toBe(digest));
});
