/** How one product is trained: a list of named steps over functions it is given. */
import { fromEpochDay, toEpochDay } from "@levain/calendar";
import { Failure, type DailyForecast, type DataReport, type MissingDay, type Product, type RunContext, type SkipReason, type TrainingOutcome, type TrainingPolicy } from "@levain/contracts";
import { demandClass, MODEL_SCHEMA_VERSION, type Drivers, type Quantiles } from "@levain/forecast";
import { decide } from "./decide.js";
import { evidenceOf } from "./evidence.js";
import { gradeProduct } from "./grade.js";
import { judgeChampion } from "./judge-champion.js";
import { loadProduct } from "./load-product.js";
import type { TrainingDeps } from "./ports.js";
import { prepare, REPORT_OF_NOTHING } from "./prepare.js";
import { tuneProduct } from "./tune-product.js";

/** The quantiles kept of each forecast: the median, the middle half and the middle 80 %, and those that grading its days needs of the tails. */
export const FORECAST_LEVELS: readonly number[] = [0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975];

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

  await deps.stage("grade", () => gradeProduct(product.id, series, context.cutoff, deps));

  const lineage = deps.lineageOf({ series, drivers, absentSources, policy, cutoff: context.cutoff });
  const same = await deps.findSame(product.id, lineage.dataDigest);
  if (same !== null) return { kind: "unchanged", keptModelId: same, report };

  const demand = demandClass(series, policy.demandClasses);
  const champion = await deps.loadChampion(product.id);
  const plan = { ...policy.backtest, horizonDays: policy.horizonDays };
  const options = { demandClass: demand, trials: policy.trials[demand], plan, seed: policy.seed, startFrom: champion?.spec };
  const request = { series, drivers, options };
  const { tuned, computeMs: tuneMs } = await deps.stage("tune", () => tuneProduct(product, request, deps, signal));
  const judged = champion && (await deps.stage("judge", () => judgeChampion(champion, tuned, request, deps, signal)));

  const ahead = { start: toEpochDay(context.cutoff) + 1, days: policy.horizonDays, drivers, levels: FORECAST_LEVELS };
  const fitted = await deps.stage("fit", () => deps.fit({ spec: tuned.spec, series, drivers, options: { backtest: tuned.backtest, seed: policy.seed }, ahead }, signal));
  const forecast = forecastOf(fitted.quantiles, drivers, fitted.family);

  const { becomesChampion, decision } = decide({
    pinball: tuned.score.pinball,
    naivePinball: tuned.naiveScore.pinball,
    cutoff: context.cutoff,
    horizonDays: policy.horizonDays,
    champion: judged,
  });

  return {
    kind: "trained",
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
    parentId: champion?.modelId ?? null,
    lineage,
    evidence: evidenceOf(series, tuned.backtest, forecast, fitted.explanation),
  };
}

const skipped = (reason: SkipReason, report: DataReport): TrainingOutcome => ({ kind: "skipped", reason, report });

/** The days on which the shop plans to open; all days where nothing is known of its plans. */
const forecastOf = ({ start, levels, values }: Quantiles, { openAhead = [] }: Drivers, family: string): DailyForecast => {
  if (!values.every((row) => row.every(Number.isFinite))) throw new Failure("fit.not-finite", "expected finite quantiles on every day ahead", { family });
  const planned = new Set(openAhead);
  const indices = [...(values[0] ?? []).keys()].filter((i) => planned.size === 0 || planned.has(start + i));
  return { days: indices.map((i) => fromEpochDay(start + i)), levels, values: values.map((row) => indices.map((i) => row[i] ?? Number.NaN)) };
};
