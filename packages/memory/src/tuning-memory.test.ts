import { randomUUID } from "node:crypto";
import { fit, toJson, tune, type Tuned } from "@levain/forecast";
import { Redis } from "ioredis";
import { afterAll, beforeEach, describe, expect, inject, test } from "vitest";
import { createTuningMemory, tuningDigest, type TuningMemory, type TuningMemoryOptions } from "./index.js";

const redis = new Redis(inject("redisUrl"));
afterAll(() => redis.quit());

const series = { start: 20_000, y: Float64Array.from({ length: 90 }, (_, i) => (i % 7 === 6 ? Number.NaN : 10 + ((i * 37) % 11))) };
const drivers = { regressors: [], specialDays: [] };
const tuned = tune(series, drivers, { demandClass: "medium", trials: 8, plan: { horizonDays: 14, folds: 3, stepDays: 14 }, seed: 1 });
const DIGEST = "d1";

let prefix: string;
let memory: TuningMemory;
const open = (options: Partial<TuningMemoryOptions> = {}): TuningMemory => createTuningMemory({ redis, prefix, ...options });
beforeEach(() => {
  prefix = `{test-${randomUUID()}}`;
  memory = open();
});
const keys = (): Promise<string[]> => redis.keys(`${prefix.replace("{", "\\{")}*`);
const artifactOf = ({ spec, backtest }: Tuned): string => toJson(fit(spec, series, drivers, { backtest, seed: 1 }));

describe("the memory of tunings", () => {
  test("gives back what it was given, so that the same model comes of it", async () => {
    await memory.remember("corner", "roll", DIGEST, tuned);
    const recalled = await memory.recall("corner", "roll", DIGEST);
    expect(recalled).toStrictEqual(tuned);
    expect(artifactOf(recalled ?? tuned)).toBe(artifactOf(tuned));
  });

  test("knows nothing of another question, another product or another tenant", async () => {
    await memory.remember("corner", "roll", DIGEST, tuned);
    expect(await memory.recall("corner", "roll", "d2")).toBeNull();
    expect(await memory.recall("corner", "bread", DIGEST)).toBeNull();
    expect(await memory.recall("market", "roll", DIGEST)).toBeNull();
  });

  test("gives back what the same settings came to on other data, and nothing of other settings", async () => {
    const [before, after, otherwise] = [series, { ...series, y: series.y.with(3, 99) }, series].map((each, i) =>
      tuningDigest({ series: each, drivers, options: { demandClass: "medium", trials: i === 2 ? 9 : 8, plan: { horizonDays: 14, folds: 3, stepDays: 14 }, seed: 1, startFrom: { i } } }, "engine"),
    );
    await memory.remember("corner", "roll", before ?? "", tuned);
    expect(await memory.recall("corner", "roll", after ?? "")).toBeNull();
    expect(await memory.recallSettings("corner", "roll", after ?? "")).toStrictEqual(tuned);
    expect(await memory.recallSettings("corner", "roll", otherwise ?? "")).toBeNull();
    expect(await memory.recallSettings("corner", "bread", after ?? "")).toBeNull();
  });

  test("keeps the newest result of a product only", async () => {
    await memory.remember("corner", "roll", DIGEST, tuned);
    await memory.remember("corner", "roll", "d2", { ...tuned, trials: 3 });
    expect(await memory.recall("corner", "roll", DIGEST)).toBeNull();
    expect((await memory.recall("corner", "roll", "d2"))?.trials).toBe(3);
    expect(await keys()).toHaveLength(1);
  });

  test("forgets after two weeks", async () => {
    await memory.remember("corner", "roll", DIGEST, tuned);
    const [key = ""] = await keys();
    const seconds = await redis.ttl(key);
    expect(seconds).toBeGreaterThan(14 * 24 * 3_600 - 60);
    expect(seconds).toBeLessThanOrEqual(14 * 24 * 3_600);
  });

  test("takes what was damaged for nothing", async () => {
    await memory.remember("corner", "roll", DIGEST, tuned);
    const [key = ""] = await keys();
    const value = (await redis.get(key)) ?? "";
    for (const damaged of ["", DIGEST, `${DIGEST} x`, value.slice(0, -1), value.replace("spec", "spex"), value.slice(DIGEST.length + 1), `${value} `]) {
      await redis.set(key, damaged);
      expect(await memory.recall("corner", "roll", DIGEST)).toBeNull();
    }
  });

  test("does not keep what is too large", async () => {
    await open({ charactersMax: 1_000 }).remember("corner", "roll", DIGEST, tuned);
    expect(await keys()).toEqual([]);
  });

  test("says that Redis is unavailable when it is", async () => {
    const gone = new Redis({ host: "127.0.0.1", port: 1, lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null });
    gone.on("error", () => undefined);
    const lost = createTuningMemory({ redis: gone, prefix });
    await expect(lost.recall("corner", "roll", DIGEST)).rejects.toMatchObject({ code: "redis.unavailable" });
    await expect(lost.remember("corner", "roll", DIGEST, tuned)).rejects.toMatchObject({ code: "redis.unavailable" });
    gone.disconnect();
  });
});
