import { addDays, fromEpochDay, toEpochDay } from "@levain/calendar";
import { type BusinessDay, Failure, type Product, resolvePolicy, type RunContext, type Sales, type StageName, type TrainingPolicy } from "@levain/contracts";
import { explain, fit, MODEL_SCHEMA_VERSION, parseModel, predict, toJson, tune, type Tuned } from "@levain/forecast";
import { describe, expect, it } from "vitest";
import type { Champion, FitRequest, NotedSales, TrainingDeps, TuneRequest } from "./ports.js";
import { computeJudgement } from "./compute.js";
import { calendarColumn, contextOf, CUTOFF, dailySales, day, daysBetween, HISTORY_DAYS, openDaysBetween, roll, sharedCalendar, soldOn } from "./sample-shop.js";
import { FORECAST_LEVELS } from "./daily-forecast.js";
import { trainProduct } from "./train-product.js";
import { trustAfter } from "./weather-ahead.js";
import type { Memory } from "./why-held.js";

/** Few trials and one look back: these tests are about the steps, not about the models. */
const policy = resolvePolicy({ trials: { high: 4, medium: 4, low: 4, intermittent: 4 }, backtest: { folds: 1 } });

/** The forecast package itself, on this thread. */
const engine: Pick<TrainingDeps, "tune" | "judge" | "fit"> = {
  tune: async ({ series, drivers, options }) => ({ tuned: tune(series, drivers, options), computeMs: 3 }),
  fit: async ({ spec, series, drivers, options, ahead }) => {
    const model = fit(spec, series, drivers, options);
    return { artifact: toJson(model), family: model.spec.family, quantiles: predict(model, ahead), explanation: explain(model, ahead), computeMs: 2 };
  },
  judge: async (request) => computeJudgement(request),
};

type Changed = Partial<TrainingDeps> & { readonly policy?: TrainingPolicy; readonly product?: Product; readonly context?: RunContext; readonly champion?: Champion | null; readonly signal?: AbortSignal };

/** Trains the roll on a till that sold the given quantities, and notes the stages. */
const train = async (sales: Sales, { policy: asked = policy, product = roll, context = contextOf(), champion = null, signal = new AbortController().signal, ...deps }: Changed = {}) => {
  const stages: StageName[] = [];
  const outcome = await trainProduct(product, context, asked, "zero-unless-shop-closed", {
    loadSales: async () => sales,
    loadProductEvents: async () => [],
    loadChampion: async () => champion,
    loadMemory: async () => null,
    noteSales: async () => undefined,
    loadShopSoFar: async () => ({ begun: 0, held: 0, noneChance: 1 }),
    findSame: async () => null,
    lineageOf: () => LINEAGE,
    loadGradingBasis: async () => ({ forecasts: [], economics: null, lastAlarm: null, chosenOn: null }),
    keepGrades: async () => undefined,
    recallTuning: async () => null,
    recallSettings: async () => null,
    trigger: "request",
    rememberTuning: async () => undefined,
    stage: (name, run) => {
      stages.push(name);
      return run();
    },
    ...engine,
    ...deps,
  }, signal);
  return { outcome, stages };
};

const trained = async (...args: Parameters<typeof train>) => {
  const { outcome } = await train(...args);
  if (outcome.kind !== "trained") throw new Error(`expected a trained product, got one ${outcome.kind}`);
  return outcome;
};

const NAIVE = { family: "seasonal-naive" };
const LINEAGE = { seriesDigest: "a", regressorsDigest: "b", policy: {}, seed: 1, codeVersion: "c", dataDigest: "d" };
const CHAMPION: Champion = { modelId: "0198c000-0000-4000-8000-000000000001", pinball: 1, spec: NAIVE, cutoff: day(-1), isPinned: false, isRefused: false, lastTuned: day(-1), policy: null, seriesDigest: null };

/** Twenty rolls on a weekday and forty at the weekend, a little more or less by the date. */
const quantityOn = (date: string): number => (toEpochDay(date) % 7 === 2 || toEpochDay(date) % 7 === 3 ? 40 : 20) + (toEpochDay(date) * 7 % 5) - 2;
const rolls = dailySales(openDaysBetween(1 - HISTORY_DAYS, 0).map((date) => [date, quantityOn(date)]));

describe("training a product", () => {
  it("goes through its named steps and comes to a model, a score and a forecast of the open days ahead", async () => {
    const { outcome, stages } = await train(rolls);
    expect(stages).toEqual(["load", "prepare", "grade", "tune", "fit"]);
    expect(outcome).toMatchObject({ kind: "trained", demandClass: "high", becomesChampion: true, decision: "first model of this product", fitMs: 5, absentSources: [], schemaVersion: MODEL_SCHEMA_VERSION });
    if (outcome.kind !== "trained") return;
    expect(outcome.forecast.days).toEqual(openDaysBetween(1, 14));
    expect(outcome.forecast.levels).toEqual(FORECAST_LEVELS);
    const medians = outcome.forecast.values[FORECAST_LEVELS.indexOf(0.5)] ?? [];
    for (const [i, date] of outcome.forecast.days.entries()) expect(Math.abs((medians[i] ?? 0) - quantityOn(date))).toBeLessThan(8);
    expect(parseModel(outcome.artifact)).toMatchObject({ spec: outcome.spec, cutoff: toEpochDay(CUTOFF) });
    expect(outcome.score.days).toBe(12);
    expect(outcome.naiveScore.days).toBe(12);
  });

  it("comes to the same model, byte for byte, every time", async () => {
    expect((await trained(rolls)).artifact).toBe((await trained(rolls)).artifact);
  });

  it("asks for sales up to the cutoff and for events up to the horizon", async () => {
    const asked: unknown[] = [];
    await train(rolls, {
      product: { ...roll, hasOwnEvents: true },
      loadSales: async (_product, range) => (asked.push(range), rolls),
      loadProductEvents: async (_product, range) => (asked.push(range), []),
    });
    expect(asked).toEqual([{ from: day(1 - HISTORY_DAYS), until: CUTOFF }, { from: day(1 - HISTORY_DAYS), until: addDays(CUTOFF, 14) }]);
  });

  it("forecasts the weekdays on which the shop opens where it plans nothing, and every day where it opens on all", async () => {
    const daysOf = async (openDays: readonly BusinessDay[]) => (await trained(rolls, { context: contextOf({ openDays: [...openDays] }) })).forecast.days;
    expect(await daysOf(openDaysBetween(1 - HISTORY_DAYS, 0))).toEqual(openDaysBetween(1, 14));
    expect(await daysOf(daysBetween(1 - HISTORY_DAYS, 0))).toEqual(daysBetween(1, 14));
  });

  it("gives models the product's own calendar, known ahead, for the past and for the forecast", async () => {
    const promotion = [-110, -99, -90, -81, -71, -60, -50, -38, -29, -18, -10, -4, 5].map(day);
    const requests: FitRequest[] = [];
    await train(rolls, {
      product: { ...roll, hasOwnEvents: true },
      loadProductEvents: async () => [calendarColumn("promotion", promotion)],
      fit: (request, signal) => (requests.push(request), engine.fit(request, signal)),
    });
    expect(requests[0]?.drivers.regressors).toMatchObject([{ name: "promotion", isKnownAhead: true }]);
    expect(requests[0]?.ahead.drivers).toBe(requests[0]?.drivers);
  });

  it("forecasts with the weather that is forecast, and learns nothing from it", async () => {
    const requests: FitRequest[] = [];
    const known = daysBetween(1 - HISTORY_DAYS, 0).map((_, i) => 15 + 5 * Math.sin(i));
    const values = [...known, ...daysBetween(1, 14).map(() => null)];
    const lineages: unknown[] = [];
    const weatherAhead = { issuedAt: `${day(1)}T03:00:00.000Z`, firstDay: day(1), columns: [{ name: "temperature_c", values: [31, null, 29] }] };
    await train(rolls, {
      context: contextOf({ regressors: [{ name: "temperature_c", source: "weather", isKnownAhead: false, values }], weatherAhead }),
      lineageOf: ({ drivers }) => (lineages.push(drivers), LINEAGE),
      fit: (request, signal) => (requests.push(request), engine.fit(request, signal)),
    });
    const [temperature] = requests[0]?.ahead.drivers.regressors ?? [];
    expect([...(temperature?.assumed ?? [])]).toEqual([[toEpochDay(day(1)), 31], [toEpochDay(day(3)), 29]]);
    expect([...(temperature?.trust?.values() ?? [])]).toEqual([1, trustAfter(2, "temperature_c")]);
    expect([requests[0]?.drivers.regressors[0]?.assumed, lineages[0]]).toEqual([undefined, requests[0]?.drivers]);
  });

  it("gives models the shared drivers of the run, and says which sources are absent", async () => {
    const requests: FitRequest[] = [];
    const outcome = await trained(rolls, {
      context: contextOf({ regressors: [sharedCalendar("school_holiday", [day(3)])], absentSources: [{ source: "weather", code: "source.timeout" }] }),
      fit: (request, signal) => (requests.push(request), engine.fit(request, signal)),
    });
    expect(requests[0]?.drivers.regressors.map(({ name }) => name)).toEqual(["school_holiday"]);
    expect(outcome.absentSources).toEqual(["weather"]);
  });

  it("does without the product's own calendar where that cannot be had, and says so", async () => {
    const outcome = await trained(rolls, {
      product: { ...roll, hasOwnEvents: true },
      loadProductEvents: () => Promise.reject(new Failure("source.breaker-open", "events: expected a closed breaker")),
    });
    expect(outcome.absentSources).toEqual(["events"]);
  });

  it("does not do without sales: the failure is the source's own", async () => {
    const failure = new Failure("source.unavailable", "sales: connection refused");
    await expect(train(rolls, { loadSales: () => Promise.reject(failure) })).rejects.toBe(failure);
  });

  it("stops where it is told to stop, also while it asks for what it could do without", async () => {
    const stopping = new Failure("process.stopping", "the process is stopping");
    await expect(train(rolls, { product: { ...roll, hasOwnEvents: true }, loadProductEvents: () => Promise.reject(stopping) })).rejects.toBe(stopping);
    await expect(train(rolls, { tune: (_request, signal) => Promise.reject(signal.reason), signal: AbortSignal.abort(stopping) })).rejects.toBe(stopping);
  });

  it("asks nothing of anybody for a discontinued product", async () => {
    const { outcome, stages } = await train(rolls, { product: { ...roll, isDiscontinued: true }, loadSales: () => Promise.reject(new Error("asked")) });
    expect(outcome).toMatchObject({ kind: "skipped", reason: "product-discontinued", report: { rows: 0, findings: [] } });
    expect(stages).toEqual([]);
  });

  it("skips a new product after the report, before any computing", async () => {
    const { outcome, stages } = await train(soldOn(openDaysBetween(-20, 0)), { tune: () => Promise.reject(new Error("computed")) });
    expect(outcome).toMatchObject({ kind: "skipped", reason: "too-few-observations", report: { openDays: openDaysBetween(-20, 0).length, firstSale: day(-19) } });
    expect(stages).toEqual(["load", "prepare"]);
  });

  it("leaves a better champion in its place, and says why", async () => {
    const judge: TrainingDeps["judge"] = async (request) => {
      const { score } = computeJudgement({ ...request, spec: NAIVE });
      return { score: score && { ...score, pinball: 0.0001 } };
    };
    expect(await trained(rolls, { champion: { ...CHAMPION, spec: { family: "of tomorrow" } }, judge })).toMatchObject({ becomesChampion: false, parentId: CHAMPION.modelId, decision: expect.stringContaining("the champion's 0.000100 on the same days, more than 2 % worse") });
  });

  it("leaves the champion in its place, however good the new model looks, while its sales contradict what the champion knew", async () => {
    const { evidence, forecast } = await trained(rolls);
    const recent = evidence.recent.map(({ day: each, actual }) => ({ day: each, actual: 2 * actual }));
    const loadMemory: TrainingDeps["loadMemory"] = async () => ({ champion: { cutoff: day(-1), recent, weeks: evidence.weeks, forecast }, later: [] });
    const order: string[] = [];
    const tune: TrainingDeps["tune"] = (request, signal) => (order.push("tune"), engine.tune(request, signal));
    const held = await trained(rolls, { champion: { ...CHAMPION, spec: NAIVE }, loadMemory, tune, noteSales: async (id, { isHeld }) => void order.push(`${id} ${isHeld ? "held" : "empty"}`) });
    expect(order, "others are told before any computing").toEqual([`${roll.id} held`, "tune"]);
    expect(held).toMatchObject({ becomesChampion: false, heldFor: "product", decision: expect.stringMatching(/^held: 5\d of 5\d days/) });
  });

  it("leaves the champion in its place while the sales of most products that the run has decided contradict theirs", async () => {
    const { evidence, forecast } = await trained(rolls);
    const champion = { cutoff: CUTOFF, recent: evidence.recent, weeks: evidence.weeks, forecast };
    const among = (held: number, later: Memory["later"] = []) => trained(rolls, { champion: { ...CHAMPION, spec: NAIVE }, loadMemory: async () => ({ champion, later }), loadShopSoFar: async () => ({ begun: 8, held, noneChance: null }) });
    expect(await among(5)).toMatchObject({ becomesChampion: false, heldFor: "shop", decision: expect.stringMatching(/^held: of the 8 products that sell more, 5 have/) });
    expect(await among(4)).toMatchObject({ becomesChampion: true, heldFor: null });
    const heldSince = (cutoff: string) => [{ cutoff, recent: evidence.recent, weeks: evidence.weeks, heldFor: "shop" as const }];
    expect(await among(8, heldSince(day(-6)))).toMatchObject({ becomesChampion: false, heldFor: "shop" });
    expect(await among(8, heldSince(day(-7)))).toMatchObject({ becomesChampion: true, heldFor: null });
    expect(await trained(rolls, { loadShopSoFar: async () => ({ begun: 8, held: 8, noneChance: null }) }), "a first model has no champion to be held against").toMatchObject({ becomesChampion: true });
  });

  it("leaves the champion in its place while nothing was sold of it nor of what sells more, and says so to others", async () => {
    const none: Sales = { ...rolls, records: rolls.records.filter(({ day: each }) => each < CUTOFF) };
    const { evidence, forecast } = await trained(rolls);
    const recent = evidence.recent.filter(({ day: each }) => each < CUTOFF);
    const said = { days: [CUTOFF], levels: [0.1, 0.5, 0.9], values: [[0.6], [1.5], [4]] };
    const loadMemory: TrainingDeps["loadMemory"] = async () => ({ champion: { cutoff: day(-1), recent, weeks: undefined, forecast: { ...forecast, ...said } }, later: [] });
    const notes: NotedSales[] = [];
    const noteSales: TrainingDeps["noteSales"] = async (_, noted) => void notes.push(noted);
    const among = (noneChance: number | null) => trained(none, { champion: { ...CHAMPION, spec: NAIVE }, loadMemory, noteSales, loadShopSoFar: async () => ({ begun: 3, held: 0, noneChance }) });
    expect(await among(0.001)).toMatchObject({ becomesChampion: false, heldFor: "shop", decision: expect.stringMatching(/^held: nothing was sold on the newest day/) });
    expect(await among(0.1)).toMatchObject({ heldFor: null });
    expect(await among(null)).toMatchObject({ heldFor: null });
    expect(notes).toEqual(new Array(3).fill({ isHeld: false, noneChance: 0.1 }));
  });

  it("holds the champion's spec against the new one on the same folds, whatever it was stored with; the stored loss counts where the engine cannot fit it", async () => {
    const naive = await trained(rolls, { champion: { ...CHAMPION, spec: NAIVE, pinball: 0.0001 } });
    const onTheseFolds = naive.naiveScore.pinball?.toPrecision(3);
    expect(naive.decision).toContain(`the champion's ${onTheseFolds} on the same days`);
    const { decision } = await trained(rolls, { champion: { ...CHAMPION, spec: { family: "of tomorrow" }, pinball: 0.0001 } });
    expect(decision).toContain("the champion's 0.000100");
  });

  it("keeps the model that was made of the very same, and computes nothing", async () => {
    const first = await trained(rolls);
    const asked: string[] = [];
    const { outcome, stages } = await train(rolls, { findSame: async (_id, digest) => (asked.push(digest), CHAMPION.modelId), tune: () => Promise.reject(new Error("computed")) });
    expect(outcome).toEqual({ kind: "unchanged", reason: "same-data", keptModelId: CHAMPION.modelId, report: first.report });
    expect([stages, asked]).toEqual([["load", "prepare", "grade"], [LINEAGE.dataDigest]]);
  });

  it("takes down what the model's card shows: the last weeks, each fold with its bands, and parts that add up", async () => {
    const { evidence, forecast } = await trained(rolls);
    expect(evidence.recent).toHaveLength(56);
    expect(evidence.folds.map(({ days }) => days.length)).toEqual([openDaysBetween(1, 14).length]);
    for (const { low80, low50, median, high50, high80 } of [...evidence.ahead, ...(evidence.folds[0]?.days ?? [])]) expect([low80, low50, median, high50, high80]).toEqual([low80, low50, median, high50, high80].toSorted((a, b) => a - b));
    expect(evidence.components.map(({ day: each }) => each)).toEqual(forecast.days);
    for (const { median, parts } of evidence.components) expect(parts.reduce((total, { units }) => total + units, 0)).toBeCloseTo(median, 1);
  });

  it("runs no trial for what it remembers, and comes to the same model", async () => {
    const remembered: Tuned[] = [];
    const first = await trained(rolls, { rememberTuning: async (_product, _request, tuned) => void remembered.push(tuned) });
    const again = await trained(rolls, {
      recallTuning: async () => remembered[0] ?? null,
      tune: () => Promise.reject(new Error("tuned again")),
      rememberTuning: () => Promise.reject(new Error("remembered again")),
    });
    expect(first.trials).toBe(4);
    expect(again).toEqual({ ...first, trials: 0, fitMs: 2 });
  });

  describe("of a night", () => {
    /** Not due for four weeks. */
    const championOf = (first: { readonly spec: unknown }): Champion => ({ ...CHAMPION, spec: JSON.parse(JSON.stringify(first.spec)), policy: JSON.parse(JSON.stringify(rarely)), lastTuned: day(-1) });
    const rarely = { ...policy, retuneEveryDays: 28 };
    const noTrial = { tune: () => Promise.reject(new Error("tuned")), judge: () => Promise.reject(new Error("judged")) };

    it("fits the champion's settings to newer days, without a trial, and lets that serve", async () => {
      const remembered: Tuned[] = [];
      const first = await trained(rolls, { rememberTuning: async (_product, _request, tuned) => void remembered.push(tuned) });
      const { outcome, stages } = await train(rolls, { trigger: "nightly", policy: rarely, champion: championOf(first), recallSettings: async () => remembered[0] ?? null, ...noTrial });
      expect(stages).toEqual(["load", "prepare", "grade", "fit"]);
      expect(outcome).toMatchObject({ kind: "trained", trials: 0, reason: "newer-sales", becomesChampion: true, decision: "the champion's settings, fitted to newer sales", parentId: CHAMPION.modelId, spec: first.spec, score: first.score, artifact: first.artifact, fitMs: 2 });
    });

    it("fits to newer days of which the past contradicts the champion, but lets that not serve", async () => {
      const remembered: Tuned[] = [];
      const first = await trained(rolls, { rememberTuning: async (_product, _request, tuned) => void remembered.push(tuned) });
      const recent = first.evidence.recent.map(({ day: each, actual }) => ({ day: each, actual: 2 * actual }));
      const loadMemory: TrainingDeps["loadMemory"] = async () => ({ champion: { cutoff: day(-1), recent, weeks: first.evidence.weeks, forecast: first.forecast }, later: [] });
      const { outcome } = await train(rolls, { trigger: "nightly", policy: rarely, champion: championOf(first), recallSettings: async () => remembered[0] ?? null, loadMemory, ...noTrial });
      expect(outcome).toMatchObject({ kind: "trained", trials: 0, becomesChampion: false, decision: expect.stringMatching(/^held: /) });
    });

    it("keeps the model where nothing new was sold, and computes nothing", async () => {
      const { outcome, stages } = await train(rolls, { trigger: "nightly", policy: rarely, champion: { ...championOf({ spec: NAIVE }), seriesDigest: LINEAGE.seriesDigest }, fit: () => Promise.reject(new Error("fitted")), ...noTrial });
      expect([stages, outcome]).toMatchObject([["load", "prepare", "grade"], { kind: "unchanged", reason: "no-new-sales", keptModelId: CHAMPION.modelId }]);
    });

    it("says that nothing was sold also of a product that keeps its model", async () => {
      const notes: unknown[] = [];
      const none: Sales = { ...rolls, records: rolls.records.filter(({ day: each }) => each < CUTOFF) };
      const { outcome } = await train(none, { trigger: "nightly", policy: rarely, champion: { ...championOf({ spec: NAIVE }), isPinned: true }, noteSales: async (_, noted) => void notes.push(noted), ...noTrial });
      expect([outcome, notes]).toMatchObject([{ kind: "unchanged", reason: "pinned" }, [{ isHeld: false, noneChance: 1 }]]);
    });

    it("tunes what has drifted in the very visit that finds it", async () => {
      const kept: unknown[] = [];
      const forecasts = openDaysBetween(-9, 0).map((date) => ({ day: date, modelId: CHAMPION.modelId, levels: [0.1, 0.5, 0.9], values: [1, 2, 3], decided: null }));
      const { outcome } = await train(rolls, {
        trigger: "nightly",
        policy: rarely,
        champion: { ...championOf({ spec: NAIVE }), cutoff: day(-2), lastTuned: day(-10) },
        loadGradingBasis: async () => ({ forecasts, economics: null, lastAlarm: null, chosenOn: null }),
        keepGrades: async (_id, _range, _days, alarm) => void kept.push(alarm),
      });
      expect(kept).toMatchObject([{ direction: "up" }]);
      expect(outcome).toMatchObject({ kind: "trained", reason: "drifted", trials: 4 });
    });
  });

  it("starts the search from the champion's setting", async () => {
    const spec = { family: "weekday-mean", weeks: 3 };
    const requests: TuneRequest[] = [];
    await train(rolls, { champion: { ...CHAMPION, spec }, tune: (request, signal) => (requests.push(request), engine.tune(request, signal)) });
    expect(requests[0]?.options.startFrom).toEqual(spec);
  });

  it("refuses a forecast that is not a number", async () => {
    const fitted: TrainingDeps["fit"] = async (request, signal) => {
      const answer = await engine.fit(request, signal);
      return { ...answer, quantiles: { ...answer.quantiles, values: answer.quantiles.values.map((row) => row.map((value, i) => (i === 3 ? Number.NaN : value))) } };
    };
    await expect(train(rolls, { fit: fitted })).rejects.toMatchObject({ code: "fit.not-finite" });
  });

  it("trains a product that has just enough days, and one that hardly sells", async () => {
    const open = openDaysBetween(-60, 0).slice(-30);
    expect((await trained(dailySales(open.map((date) => [date, quantityOn(date)])))).report.openDays).toBe(30);
    const rare = await trained(soldOn(openDaysBetween(1 - HISTORY_DAYS, 0).filter((_, i) => i % 9 === 0), 1));
    expect(rare.demandClass).toBe("intermittent");
    expect(rare.forecast.values.every((row) => row.every((value) => value >= 0))).toBe(true);
    expect(rare.forecast.days[0]).toBe(fromEpochDay(toEpochDay(CUTOFF) + 2));
  });
});
