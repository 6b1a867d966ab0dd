import { z } from "zod";
import { BusinessDay } from "./business-day.js";
import { RunTotals } from "./events.js";
import { ModelId, ProductId, RunId, TenantId } from "./ids.js";
import { FailureCodeName, HeldFor, ProductTrainingStatus, RunStatus, RunTrigger, SkipReason, SourceName, TrainingReason } from "./names.js";
import { DemandClass } from "./policy.js";
import { Lineage, Standing } from "./registry.js";
import { DataReport } from "./report.js";
import { Score } from "./score.js";

/** RFC 9457 problem details; `errors` name each field with what was expected and what came. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string().optional(),
  instance: z.string().optional(),
  requestId: z.string().optional(),
  openRunId: RunId.optional(),
  errors: z.array(z.object({ path: z.string(), expected: z.string(), received: z.string().optional() })).optional(),
});
export type Problem = z.infer<typeof Problem>;

/** A page of a listing; `nextCursor` is null on the last one. */
export const pageOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), nextCursor: z.string().nullable() });

export const PageQuery = z.strictObject({
  cursor: z.string().max(512).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export type PageQuery = z.infer<typeof PageQuery>;

export const StartRunRequest = z.strictObject({
  productIds: z.array(ProductId).min(1).max(5_000).optional().meta({ description: "Train only these; all products when absent" }),
  cutoff: BusinessDay.optional().meta({ description: "Last day the models may see; yesterday in the tenant's zone when absent" }),
});
export type StartRunRequest = z.infer<typeof StartRunRequest>;

const Instant = z.iso.datetime();

export const RunView = z.object({
  id: RunId,
  tenantId: TenantId,
  status: RunStatus,
  trigger: RunTrigger,
  cutoff: BusinessDay,
  acceptedAt: Instant,
  startedAt: Instant.nullable(),
  finishedAt: Instant.nullable(),
  totals: RunTotals,
  absentSources: z.array(SourceName),
  findings: DataReport.shape.findings.meta({ description: "What was found about the tenant as a whole" }),
  failure: z.object({ code: FailureCodeName, message: z.string() }).nullable(),
});
export type RunView = z.infer<typeof RunView>;

export const ProductTrainingView = z.object({
  productId: ProductId,
  productName: z.string(),
  status: ProductTrainingStatus,
  attempts: z.number().int(),
  demandClass: DemandClass.nullable(),
  family: z.string().nullable(),
  score: Score.nullable(),
  naiveScore: Score.nullable(),
  reason: TrainingReason.nullable().meta({ description: "Why it was tuned, fitted to newer sales or kept its model; null where it did not come so far" }),
  decision: z.string().nullable().meta({ description: "Why the new model did or did not become champion; null where there is none" }),
  becameChampion: z.boolean().nullable().meta({ description: "Whether the new model took the champion's place; null where there is none" }),
  heldFor: HeldFor.nullable().meta({
    description:
      "Why the new model waits though it might serve: these sales contradict the champion. product: its own; shop: those of most products of the run",
  }),
  skipReason: SkipReason.nullable(),
  keptModelId: ModelId.nullable().meta({ description: "The model that an unchanged product keeps" }),
  failure: z.object({ code: FailureCodeName, message: z.string() }).nullable(),
  report: DataReport.nullable(),
  startedAt: Instant.nullable(),
  finishedAt: Instant.nullable(),
  claimedBy: z.string().nullable().meta({ description: "The worker process that took it last" }),
  durationMs: z.number().nullable(),
});
export type ProductTrainingView = z.infer<typeof ProductTrainingView>;

export const ProductView = z.object({
  id: ProductId,
  name: z.string(),
  isDiscontinued: z.boolean(),
  championModelId: ModelId.nullable(),
  isPinned: z.boolean().meta({ description: "Runs do not take the champion's place" }),
});
export type ProductView = z.infer<typeof ProductView>;

export const ModelView = z.object({
  id: ModelId,
  productId: ProductId,
  runId: RunId,
  version: z.number().int(),
  isChampion: z.boolean(),
  standing: Standing,
  decision: z.string().meta({ description: "Why it did or did not become champion when it was trained" }),
  heldFor: HeldFor.nullable().meta({
    description:
      "Whose sales contradicted the champion when it was trained, so that it was not made champion: the product's, or those of most products of the shop; null where they were believed",
  }),
  demandClass: DemandClass,
  family: z.string(),
  spec: z.unknown(),
  schemaVersion: z.number().int(),
  sha256: z.string(),
  bytes: z.number().int(),
  cutoff: BusinessDay,
  trainedAt: Instant,
  score: Score,
  naiveScore: Score,
  trials: z.number().int().meta({ description: "Settings that were judged for it; 0 where those of an earlier training were taken: its data was the same, or they were fitted to newer days" }),
  absentSources: z.array(SourceName).meta({ description: "Sources this model had to do without" }),
  parentId: ModelId.nullable().meta({ description: "The champion it was held against, and whose settings its search began at" }),
  lineage: Lineage.nullable().meta({ description: "What it was made of; null for models of before this was kept" }),
  refusedReason: z.string().nullable().meta({ description: "Why it serves no more: its stored bytes are not those that were written, or gone; null for a model that may serve" }),
});
export type ModelView = z.infer<typeof ModelView>;

export const TenantView = z.object({ id: TenantId, name: z.string(), timeZone: z.string(), country: z.string(), nightlyAt: z.string() });
