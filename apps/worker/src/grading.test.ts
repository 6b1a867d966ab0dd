import type { DriftAlarm, GradedDay } from "@levain/contracts";
import type { StartedDay } from "@levain/db";
import { expect, test } from "vitest";
import { gradingOf, type GradingStore } from "./grading.js";

const ALARM: DriftAlarm = { day: "2026-03-29", direction: "up", since: "2026-03-28", size: 0.4, statistic: 5, threshold: 4.9, modelId: "0198c000-0000-4000-8000-000000000001" };
const RANGE = { from: "2026-03-28", until: "2026-03-30" };

const graded = (zone: string, store: Partial<GradingStore> = {}) => {
  const asked: (readonly StartedDay[])[] = [];
  const alarmed: string[] = [];
  const newest: GradedDay[] = [];
  const basis = async (_product: string, days: readonly StartedDay[]) => {
    asked.push(days);
    return { forecasts: [], economics: null, lastAlarm: null, chosenAt: new Date("2026-03-28T23:30:00Z") };
  };
  return {
    asked,
    alarmed,
    newest,
    deps: gradingOf(
      zone,
      { gradingBasis: basis, keepGrades: async () => undefined, ...store },
      { graded: (day) => newest.push(day), alarmed: (productId, { day }) => alarmed.push(`${productId} ${day}`) },
    ),
  };
};

test("grading · begins each day where the tenant's zone does, also when its clocks change", async () => {
  const { asked, deps } = graded("Europe/Berlin");
  // Half past midnight of the 29th, on which Berlin's clocks go forward.
  expect((await deps.loadGradingBasis("rye", RANGE)).chosenOn).toBe("2026-03-29");
  expect(asked[0]?.map(({ day, startedAt }) => [day, startedAt.toISOString()])).toEqual([
    ["2026-03-28", "2026-03-27T23:00:00.000Z"],
    ["2026-03-29", "2026-03-28T23:00:00.000Z"],
    ["2026-03-30", "2026-03-29T22:00:00.000Z"],
  ]);
  expect((await graded("Asia/Tokyo").deps.loadGradingBasis("rye", RANGE)).chosenOn).toBe("2026-03-29");
  expect((await graded("America/New_York").deps.loadGradingBasis("rye", RANGE)).chosenOn).toBe("2026-03-28");
});

const dayOf = (day: string): GradedDay => ({
  day,
  actual: 1,
  isSoldOut: false,
  modelId: ALARM.modelId,
  low80: 0,
  median: 1,
  high80: 2,
  normalScore: 0,
  lastWeek: null,
  advised: null,
  decided: null,
  overCost: null,
  underCost: null,
});

test("grading · shows the newest day alone, since the others were shown before", async () => {
  const { newest, deps } = graded("Europe/Berlin");
  await deps.keepGrades("rye", RANGE, [dayOf("2026-03-29"), dayOf("2026-03-30")], null);
  await deps.keepGrades("rye", RANGE, [], null);
  expect(newest.map(({ day }) => day)).toEqual(["2026-03-30"]);
});

test("grading · tells of an alarm once it is kept, and of none that could not be kept", async () => {
  const { alarmed, deps } = graded("Europe/Berlin");
  await deps.keepGrades("rye", RANGE, [], null);
  await deps.keepGrades("rye", RANGE, [], ALARM);
  expect(alarmed).toEqual(["rye 2026-03-29"]);
  const lost = graded("Europe/Berlin", { keepGrades: () => Promise.reject(new Error("gone")) });
  await expect(lost.deps.keepGrades("rye", RANGE, [], ALARM)).rejects.toThrow("gone");
  expect(lost.alarmed).toEqual([]);
});
