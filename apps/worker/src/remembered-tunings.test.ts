import { Failure } from "@levain/contracts";
import type { TuningMemory } from "@levain/memory";
import type { TuneRequest } from "@levain/training";
import { tune } from "@levain/forecast";
import { describe, expect, test } from "vitest";
import { rememberedTunings } from "./remembered-tunings.js";

const request: TuneRequest = {
  series: { start: 20_000, y: Float64Array.from({ length: 60 }, (_, i) => 5 + (i % 7)) },
  drivers: { regressors: [], specialDays: [] },
  options: { demandClass: "low", trials: 1, plan: { horizonDays: 14, folds: 1, stepDays: 14 }, seed: 1 },
};
const tuned = tune(request.series, request.drivers, request.options);
const roll = { id: "roll", name: "Roll", isDiscontinued: false, hasOwnEvents: false };

describe("remembered tunings", () => {
  test("are found again by the same engine only", async () => {
    const kept = new Map<string, typeof tuned>();
    const memory: TuningMemory = {
      recall: async (tenantId, productId, digest) => kept.get(`${tenantId} ${productId} ${digest}`) ?? null,
      recallSettings: async (tenantId, productId, digest) => [...kept].find(([name]) => name.startsWith(`${tenantId} ${productId} ${digest.split("-")[0]}`))?.[1] ?? null,
      remember: async (tenantId, productId, digest, result) => void kept.set(`${tenantId} ${productId} ${digest}`, result),
    };
    const warn = () => expect.fail("warned");
    await rememberedTunings("corner", memory, "engine 1", warn).rememberTuning(roll, request, tuned);
    expect(await rememberedTunings("corner", memory, "engine 1", warn).recallTuning(roll, request)).toBe(tuned);
    expect(await rememberedTunings("corner", memory, "engine 2", warn).recallTuning(roll, request)).toBeNull();
    const newer = { ...request, series: { ...request.series, y: request.series.y.with(59, 20) } };
    expect(await rememberedTunings("corner", memory, "engine 1", warn).recallTuning(roll, newer)).toBeNull();
    expect(await rememberedTunings("corner", memory, "engine 1", warn).recallSettings(roll, newer)).toBe(tuned);
    expect(await rememberedTunings("corner", memory, "engine 2", warn).recallSettings(roll, newer)).toBeNull();
  });

  test("are done without, with a warning, while Redis is away", async () => {
    const away = () => Promise.reject(new Failure("redis.unavailable", "expected Redis to answer"));
    const warnings: string[] = [];
    const tunings = rememberedTunings("corner", { recall: away, recallSettings: away, remember: away }, "engine 1", (sentence) => warnings.push(sentence));
    expect(await tunings.recallTuning(roll, request)).toBeNull();
    expect(await tunings.recallSettings(roll, request)).toBeNull();
    await tunings.rememberTuning(roll, request, tuned);
    expect(warnings).toEqual(["tuning not recalled", "tuning not recalled", "tuning not remembered"]);
  });
});
