import { addDays, toEpochDay } from "@levain/calendar";
import type { DriftAlarm, GradedDay, GradingBasis, ValidForecast } from "@levain/contracts";
import type { Series } from "@levain/forecast";
import { describe, expect, it } from "vitest";
import { findDrift } from "./find-drift.js";
import { GRADED_DAYS, gradeDays, gradeProduct } from "./grade.js";

const MODEL = "0198c000-0000-4000-8000-000000000001";
const FIRST = "2026-05-01";
const on = (offset: number): string => addDays(FIRST, offset);

/** Sold from the first day on; null is a closed day. */
const seriesOf = (sold: readonly (number | null)[], soldOut: readonly number[] = []): Series => ({
  start: toEpochDay(FIRST),
  y: Float64Array.from(sold, (units) => units ?? Number.NaN),
  soldOut: soldOut.map((offset) => toEpochDay(on(offset))),
});
const forecastOf = (offset: number, changes: Partial<ValidForecast> = {}): ValidForecast => ({ day: on(offset), modelId: MODEL, levels: [0.1, 0.5, 0.9], values: [80, 100, 120], decided: null, ...changes });
const BASIS: GradingBasis = { forecasts: [], economics: null, lastAlarm: null, chosenOn: null };

describe("grading days", () => {
  it("holds each open day against its forecast and against the same weekday a week before", () => {
    const sold = [90, null, 70, 71, 72, 73, 74, 130, 101];
    const [eighth, ninth, ...none] = gradeDays(seriesOf(sold), { forecasts: [1, 7, 8].map((offset) => forecastOf(offset)), economics: null });
    expect(none).toEqual([]);
    expect(eighth).toMatchObject({ day: on(7), actual: 130, modelId: MODEL, low80: 80, median: 100, high80: 120, lastWeek: 90, advised: null, decided: null, overCost: null, underCost: null });
    // 130 is half as far beyond the upper end as that is from the median, whose score is 1.2816.
    expect(eighth?.normalScore).toBeCloseTo(1.5 * 1.2816, 2);
    expect(ninth).toMatchObject({ day: on(8), actual: 101, lastWeek: null });
  });

  it("advises what costs least at the prices of the day, and costs what a unit too many and too few lose", () => {
    // A ratio of (4 − 1) / (4 − 1 + 1 − 0.2) = 0.79: between the median and the 90 % quantile, 114.47, so 115 or 120 in fives.
    const economics = { unitPrice: 4, unitCost: 1, wasteValue: 0.2, traySize: 5 };
    const [graded] = gradeDays(seriesOf([90]), { forecasts: [forecastOf(0)], economics });
    expect(graded).toMatchObject({ advised: 115, decided: null, overCost: 0.8, underCost: 3 });
    for (const nothingSet of [{}, { unitPrice: 4 }, { unitPrice: 4, unitCost: 1, wasteValue: 1 }]) expect(gradeDays(seriesOf([90]), { forecasts: [forecastOf(0)], economics: nothingSet })[0]).toMatchObject({ advised: null, overCost: null, underCost: null });
  });

  it("holds a decision against what was advised when it was taken", () => {
    const decided = { quantity: 140, advised: 105 };
    const economics = { unitPrice: 4, unitCost: 1 };
    expect(gradeDays(seriesOf([90]), { forecasts: [forecastOf(0, { decided })], economics })[0]).toMatchObject({ advised: 105, decided: 140 });
    expect(gradeDays(seriesOf([90]), { forecasts: [forecastOf(0, { decided: { ...decided, advised: null } })], economics })[0]?.advised).toBeGreaterThan(100);
  });

  it("takes a day that sold out for at least so much", () => {
    const [sold, soldOut] = gradeDays(seriesOf([70, 70], [1]), { forecasts: [forecastOf(0), forecastOf(1)], economics: null });
    expect(sold?.normalScore).toBeLessThan(-1.8);
    expect(soldOut).toMatchObject({ actual: 70, isSoldOut: true });
    expect(soldOut?.normalScore).toBeGreaterThanOrEqual(0);
  });
});

describe("grading a product", () => {
  const grade = async (sold: readonly number[], basis: Partial<GradingBasis> = {}) => {
    const kept: { days: readonly GradedDay[]; alarm: DriftAlarm | null }[] = [];
    const asked: unknown[] = [];
    const grading = await gradeProduct("rye", seriesOf(sold), on(sold.length - 1), {
      loadGradingBasis: async (_product, range) => (asked.push(range), { ...BASIS, forecasts: sold.map((_, offset) => forecastOf(offset)), ...basis }),
      keepGrades: async (_product, range, days, alarm) => (asked.push(range), void kept.push({ days, alarm })),
    });
    return { grading, kept, asked };
  };
  const usual = Array.from({ length: 14 }, (_, i) => 95 + (i * 7) % 11);
  const doubled = [...usual, 150, 145, 155];

  it("asks for four weeks up to the cutoff, and keeps what it graded of them", async () => {
    const { asked, kept, grading } = await grade(usual);
    const range = { from: addDays(on(13), -27), until: on(13) };
    expect([GRADED_DAYS, asked]).toEqual([28, [range, range]]);
    expect(kept[0]?.days.map(({ actual }) => actual)).toEqual(usual);
    expect([kept[0]?.alarm, grading.lastAlarm]).toEqual([null, null]);
  });

  it("keeps nothing of a product that had no forecast yet", async () => {
    expect(await grade(usual, { forecasts: [], lastAlarm: "2026-04-01" })).toMatchObject({ kept: [], grading: { lastAlarm: "2026-04-01" } });
  });

  it("raises an alarm where sales have left the forecasts behind, and says since when and by how much", async () => {
    const { kept, grading } = await grade(doubled);
    // Three a day at most, less the slack: the second day passes 4.9.
    expect(kept[0]?.alarm).toMatchObject({ day: on(15), direction: "up", since: on(14), modelId: MODEL });
    expect(kept[0]?.alarm?.size).toBeCloseTo(0.475, 10);
    expect(grading.lastAlarm).toBe(on(15));
  });

  it("begins anew after a person chose another model, and a week after an alarm", async () => {
    for (const basis of [{ lastAlarm: on(8) }, { chosenOn: on(15) }, { lastAlarm: on(2), chosenOn: on(15) }, { lastAlarm: on(8), chosenOn: on(2) }]) {
      expect((await grade(doubled, basis)).kept[0]?.alarm).toBeNull();
      expect((await grade([...doubled, 150], basis)).kept[0]?.alarm).toMatchObject({ day: on(17), since: on(16) });
    }
  });

  it("does not alarm of one day, however wild", async () => {
    expect(findDrift(gradeDays(seriesOf([...usual, 100_000]), { forecasts: [...usual, 0].map((_, offset) => forecastOf(offset)), economics: null }), null)).toBeNull();
  });
});
