/**
 * The end of a product training: one statement that writes everything or, for a worker whose place was taken, nothing.
 * The same attempt may commit again when its answer was lost on the way, and gets the first answer.
 */
import { createHash } from "node:crypto";
import type { DailyForecast, FailureCode, ModelId, ProductId, RunId, TrainingOutcome } from "@levain/contracts";
import type { Client } from "./client.js";

export type Committed = { readonly modelId: ModelId | null; readonly runEnded: boolean };

export const createCommit = (client: Client, tenantId: string) => {
  const endTraining = async (runId: RunId, productId: ProductId, attempt: number, fence: bigint, end: TrainingEnd): Promise<Committed> => {
    const rows = await client.$queryRaw<[{ committed_model_id: ModelId | null; run_ended: boolean }]>`
      SELECT * FROM commit_product_training(
        ${tenantId}, ${runId}::uuid, ${productId}, ${attempt}::integer, ${fence}::bigint,
        ${end.status}, ${JSON.stringify(end.detail)}::jsonb, NULL)`;
    return { modelId: rows[0].committed_model_id, runEnded: rows[0].run_ended };
  };
  return {
    /**
     * Stores what training came to, and of its artifact, which the store must have by now, what names it. Moves the champion
     * where the outcome says so and nobody has pinned or moved it meanwhile. Throws Failure("stale-fence") for a late worker,
     * and one that `isCondemned` where the artifact must be stored anew.
     */
    commit: (runId: RunId, productId: ProductId, attempt: number, fence: bigint, outcome: TrainingOutcome): Promise<Committed> =>
      endTraining(runId, productId, attempt, fence, endOf(outcome)),

    /** Ends a product training that will not be tried again. Throws Failure("stale-fence") for a late worker. */
    fail: (runId: RunId, productId: ProductId, attempt: number, fence: bigint, code: FailureCode, message: string): Promise<Committed> =>
      endTraining(runId, productId, attempt, fence, { status: "failed", detail: { failure_code: code, failure_message: message } }),

    /** Ends a product training as dead: it is the likely end of whoever takes it. Throws Failure("stale-fence") for a late worker. */
    setAside: (runId: RunId, productId: ProductId, attempt: number, fence: bigint, message: string): Promise<Committed> =>
      endTraining(runId, productId, attempt, fence, { status: "dead", detail: { failure_code: "worker.vanished" satisfies FailureCode, failure_message: message } }),
  };
};

/** `detail` is read by name in commit_product_training. */
type TrainingEnd = {
  readonly status: "trained" | "unchanged" | "skipped" | "failed" | "dead";
  readonly detail: Readonly<Record<string, unknown>>;
};

function endOf(outcome: TrainingOutcome): TrainingEnd {
  if (outcome.kind === "skipped") return { status: "skipped", detail: { skip_reason: outcome.reason, report: outcome.report } };
  if (outcome.kind === "unchanged") return { status: "unchanged", detail: { reason: outcome.reason, kept_model_id: outcome.keptModelId, report: outcome.report } };
  const { artifact, forecast, lineage } = outcome;
  return {
    status: "trained",
    detail: {
      reason: outcome.reason,
      demand_class: outcome.demandClass,
      family: outcome.family,
      spec: outcome.spec,
      sha256: createHash("sha256").update(artifact, "utf8").digest("hex"),
      bytes: Buffer.byteLength(artifact, "utf8"),
      schema_version: outcome.schemaVersion,
      score: outcome.score,
      naive_score: outcome.naiveScore,
      trials: outcome.trials,
      fit_ms: outcome.fitMs,
      absent_sources: outcome.absentSources,
      became_champion: outcome.becomesChampion,
      decision: outcome.decision,
      held_for: outcome.heldFor,
      parent_id: outcome.parentId,
      lineage,
      data_digest: lineage.dataDigest,
      evidence: outcome.evidence,
      days: forecast.days,
      levels: forecast.levels,
      quantiles: forecast.values,
      expected_units_per_day: meanMedian(forecast),
      report: outcome.report,
    },
  };
}

/** Mean over the days of the level nearest to the median; null for a forecast of no days. */
function meanMedian({ levels, values }: DailyForecast): number | null {
  const distances = levels.map((level) => Math.abs(level - 0.5));
  const median = values[distances.indexOf(Math.min(...distances))] ?? [];
  return median.length === 0 ? null : median.reduce((sum, value) => sum + value, 0) / median.length;
}
