/** How one product is trained: a list of named steps over functions it is given. */
import { toEpochDay } from "@levain/calendar";
import type { DataReport, HeldFor, MissingDay, Product, ProductId, RunContext, SkipReason, TrainingOutcome, TrainingPolicy } from "@levain/contracts";
import { demandClass, MODEL_SCHEMA_VERSION, type Series, type Tuned } from "@levain/forecast";
import { dailyForecastOf, FORECAST_LEVELS } from "./daily-forecast.js";
import { decide, type Decision } from "./decide.js";
import { evidenceOf } from "./evidence.js";
import { gradeProduct } from "./grade.js";
import { judgeChampion } from "./judge-champion.js";
import { loadProduct } from "./load-product.js";
import { needOf } from "./need.js";
import { noneChance } from "./none-chance.js";
import type { NotedSales, TrainingDeps, TuneAnswer } from "./ports.js";
import { prepare, REPORT_OF_NOTHING } from "./prepare.js";
import { tuneProduct } from "./tune-product.js";
import { toldOfWeather } from "./weather-ahead.js";
import { heldDaysOf, whyHeld, type Memory } from "./why-held.js";
import { whyShopHeld } from "./why-shop-held.js";

/** @throws Failure where the world interferes, or why `signal` was aborted */
export async function trainProduct(
  product: Product,
  context: RunContext,
  policy: TrainingPolicy,
  missingDay: MissingDay,
  deps: TrainingDeps,
  signal: AbortSignal,
): Promise<TrainingOutcome> {
  if (product.isDiscontinued) return skipped("product-discontinued", REPORT_OF_NOTHING);

  const { sales, ownColumns, absentSources } = await deps.stage("load", () => loadProduct(product, context, deps, signal));
  const { series, drivers, report, skip } = await deps.stage("prepare", async () => prepare(sales, context, missingDay, policy, ownColumns));
  if (skip !== null || series === null) return skipped(skip ?? "too-few-observations", report);

  const grading = await deps.stage("grade", () => gradeProduct(product.id, series, context.cutoff, deps));

  const lineage = deps.lineageOf({ series, drivers, absentSources, policy, cutoff: context.cutoff });
  const same = await deps.findSame(product.id, lineage.dataDigest);
  if (same !== null) return { kind: "unchanged", reason: "same-data", keptModelId: same, report };

  const demand = demandClass(series, policy.demandClasses);
  const champion = await deps.loadChampion(product.id);
  const memory = champion && (await deps.loadMemory(product.id));
  const plan = { ...policy.backtest, horizonDays: policy.horizonDays };
  const options = { demandClass: demand, trials: policy.trials[demand], plan, seed: policy.seed, startFrom: champion?.spec };
  const request = { series, drivers, options };
  const recalled = deps.trigger === "nightly" ? await deps.recallSettings(product, request) : null;
  const need = needOf(deps.trigger, { productId: product.id, cutoff: context.cutoff, policy, seriesDigest: lineage.seriesDigest, champion, grading, recalled });
  const ownHeld = memory && need.kind !== "keep" ? whyHeld(series, memory) : null;
  const noted = { isHeld: ownHeld !== null, noneChance: noneChance(series, memory && memory.champion) };
  if (noted.isHeld || noted.noneChance !== null) await deps.noteSales(product.id, noted);
  if (need.kind === "keep") return { kind: "unchanged", reason: need.reason, keptModelId: need.modelId, report };
  const isRefreshed = need.kind === "refresh";
  const { tuned, computeMs: tuneMs } = isRefreshed ? refreshed(need.tuned) : await deps.stage("tune", () => tuneProduct(product, request, deps, signal));
  const judged = champion && !isRefreshed ? await deps.stage("judge", () => judgeChampion(champion, tuned, request, deps, signal)) : champion;

  // Nothing is learnt from it, so the lineage does not know it.
  const driversAhead = toldOfWeather(drivers, context.weatherAhead);
  const ahead = { start: toEpochDay(context.cutoff) + 1, days: policy.horizonDays, drivers: driversAhead, levels: FORECAST_LEVELS };
  const fitted = await deps.stage("fit", () => deps.fit({ spec: tuned.spec, series, drivers, options: { backtest: tuned.backtest, seed: policy.seed }, ahead }, signal));
  const forecast = dailyForecastOf(fitted.quantiles, drivers, fitted.family);

  const held = memory && (ownHeld === null ? await heldForShop(product.id, series, memory, noted, deps) : { for: "product" as const, why: ownHeld });
  const { becomesChampion, decision } = isRefreshed && held === null ? REFRESHED : decide({
    pinball: tuned.score.pinball,
    naivePinball: tuned.naiveScore.pinball,
    cutoff: context.cutoff,
    horizonDays: policy.horizonDays,
    champion: judged,
    held: held && held.why,
  });

  return {
    kind: "trained",
    reason: need.reason,
    demandClass: demand,
    family: fitted.family,
    spec: tuned.spec,
    artifact: fitted.artifact,
    schemaVersion: MODEL_SCHEMA_VERSION,
    score: tuned.score,
    naiveScore: tuned.naiveScore,
    trials: tuned.trials,
    forecast,
    absentSources,
    report,
    fitMs: tuneMs + fitted.computeMs,
    becomesChampion,
    decision,
    heldFor: held && held.for,
    parentId: champion?.modelId ?? null,
    lineage,
    evidence: evidenceOf(series, tuned.backtest, forecast, fitted.explanation),
  };
}

type Held = { readonly for: HeldFor; readonly why: string };

/** Asked as late as may be: what sells better and was begun before has loaded its sales while this product was tuned. */
async function heldForShop(productId: ProductId, series: Series, memory: Memory, noted: NotedSales, { loadShopSoFar }: Pick<TrainingDeps, "loadShopSoFar">): Promise<Held | null> {
  const why = whyShopHeld(await loadShopSoFar(productId), noted.noneChance, heldDaysOf(series, memory));
  return why === null ? null : { for: "shop", why };
}

/** Nothing was searched for it, and the champion is held against nothing but itself on newer days, as long as their sales are believed. */
const refreshed = (tuned: Tuned): TuneAnswer => ({ tuned: { ...tuned, trials: 0 }, computeMs: 0 });
const REFRESHED: Decision = { becomesChampion: true, decision: "the champion's settings, fitted to newer sales" };

const skipped = (reason: SkipReason, report: DataReport): TrainingOutcome => ({ kind: "skipped", reason, report });
