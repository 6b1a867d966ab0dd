import { resolvePolicy } from "@levain/contracts";
import type { Series } from "@levain/forecast";
import { describe, expect, test } from "vitest";
import { contentDigest } from "./content-digest.js";
import { lineageOf, type Ingredients } from "./lineage.js";

const series: Series = { start: 20_000, y: Float64Array.of(3, Number.NaN, 0, 7.5), soldOut: [20_003] };
const [weather, policy] = [{ name: "temperature_c", start: 20_000, values: Float64Array.of(1, 2), isKnownAhead: false }, resolvePolicy()];
const made: Ingredients = { series, drivers: { regressors: [weather], specialDays: [], openAhead: [20_004] }, absentSources: ["traffic"], policy, cutoff: "2026-05-01" };

describe("a model's lineage", () => {
  test("names what it was made of, and is the same for the same ingredients", () => {
    const lineage = lineageOf(made, "engine 1");
    expect(lineage).toEqual({
      seriesDigest: contentDigest(series),
      regressorsDigest: contentDigest(made.drivers),
      policy,
      seed: policy.seed,
      codeVersion: "engine 1",
      dataDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(lineageOf(structuredClone(made), "engine 1")).toEqual(lineage);
  });

  test("knows the series by its sales: nights on which the shop was closed leave its digest as it was, and not that of the whole", () => {
    const later = lineageOf({ ...made, series: { ...series, y: Float64Array.of(3, Number.NaN, 0, 7.5, Number.NaN, Number.NaN) }, cutoff: "2026-05-03" }, "engine 1");
    const first = lineageOf(made, "engine 1");
    expect(later.seriesDigest).toBe(first.seriesDigest);
    expect(later.dataDigest).not.toBe(first.dataDigest);
    expect(lineageOf({ ...made, series: { ...series, y: Float64Array.of(3, Number.NaN, 0, 7.5, 0) } }, "engine 1").seriesDigest).not.toBe(first.seriesDigest);
  });

  const others: readonly (readonly [string, Ingredients])[] = [
    ["one sale more", { ...made, series: { ...series, y: Float64Array.of(3, Number.NaN, 0, 8.5) } }],
    ["a day that was not sold out after all", { ...made, series: { start: series.start, y: series.y } }],
    ["other weather", { ...made, drivers: { ...made.drivers, regressors: [{ ...weather, values: Float64Array.of(1, 3) }] } }],
    ["weather that somebody assumes", { ...made, drivers: { ...made.drivers, regressors: [{ ...weather, assumed: new Map([[20_002, 9]]) }] } }],
    ["another opening plan", { ...made, drivers: { ...made.drivers, openAhead: [] } }],
    ["another policy", { ...made, policy: resolvePolicy({ horizonDays: 7 }) }],
    ["a source that is back", { ...made, absentSources: [] }],
    ["another cutoff", { ...made, cutoff: "2026-05-02" }],
  ];
  test.each(others)("tells apart %s", (_, other) => expect(lineageOf(other, "engine 1").dataDigest).not.toBe(lineageOf(made, "engine 1").dataDigest));

  test("tells apart another engine", () => expect(lineageOf(made, "engine 2").dataDigest).not.toBe(lineageOf(made, "engine 1").dataDigest));
});
