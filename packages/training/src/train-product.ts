/** How one product is trained: a list of named steps over functions it is given. */
import { fromEpochDay, toEpochDay } from "@levain/calendar";
import type { DailyForecast, MissingDay, Product, RunContext, SkipReason, TrainingOutcome, TrainingPolicy } from "@levain/contracts";
import { demandClass, MODEL_SCHEMA_VERSION, type Quantiles } from "@levain/forecast";
import { decide } from "./decide.js";
import type { TrainingDeps } from "./ports.js";
import { prepare, reportOfNothing } from "./prepare.js";

/** The quantiles kept of each forecast: the median, the middle half and the middle 80 %. */
const LEVELS = [0.1, 0.25, 0.5, 0.75, 0.9];

/** @throws Failure where the world interferes, or why `signal` was aborted */
export async function trainProduct(
  product: Product,
  context: RunContext,
  policy: TrainingPolicy,
  missingDay: MissingDay,
  deps: TrainingDeps,
  signal: AbortSignal,
): Promise<TrainingOutcome> {
  if (product.isDiscontinued) return { kind: "skipped", reason: "product-discontinued", report: reportOfNothing };

  const { sales, events } = await deps.stage("load", async () => ({
    sales: await deps.loadSales(product, { from: context.firstDay, until: context.cutoff }, signal),
    events: product.hasOwnEvents ? await deps.loadProductEvents(product, { from: context.firstDay, until: context.lastDay }, signal) : [],
  }));
  const { series, drivers, report, skip } = await deps.stage("prepare", async () => prepare(sales, context, missingDay, policy, events));
  if (skip !== null || series === null) return skipped(skip ?? "too-few-observations", report);

  const demand = demandClass(series, policy.demandClasses);
  const plan = { horizonDays: policy.horizonDays, ...policy.backtest };
  const { tuned, computeMs: tuneMs } = await deps.stage("tune", () =>
    deps.tune({ series, drivers, options: { demandClass: demand, trials: policy.trials[demand], plan, seed: policy.seed } }, signal),
  );
  const ahead = { start: toEpochDay(context.cutoff) + 1, days: policy.horizonDays, drivers, levels: LEVELS };
  const fitted = await deps.stage("fit", () => deps.fit({ spec: tuned.spec, series, drivers, options: { backtest: tuned.backtest, seed: policy.seed }, ahead }, signal));
  const decision = decide(tuned.score, tuned.naiveScore, await deps.loadChampionScore(product.id));

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
    forecast: openDaysOf(fitted.quantiles, drivers.openAhead ?? []),
    absentSources: context.absentSources.map(({ source }) => source),
    report,
    fitMs: tuneMs + fitted.computeMs,
    ...decision,
  };
}

const skipped = (reason: SkipReason, report: TrainingOutcome["report"]): TrainingOutcome => ({ kind: "skipped", reason, report });

/** The forecast of the days on which the shop plans to open, of all days where nothing is known of its plans. */
function openDaysOf({ start, levels, values }: Quantiles, openAhead: readonly number[]): DailyForecast {
  const planned = new Set(openAhead);
  const indices = Array.from(values[0] ?? [], (_, index) => index).filter((index) => planned.size === 0 || planned.has(start + index));
  return {
    days: indices.map((index) => fromEpochDay(start + index)),
    levels,
    values: values.map((row) => indices.map((index) => row[index] ?? Number.NaN)),
  };
}
