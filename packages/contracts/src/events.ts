import { z } from "zod";
import { BusinessDay } from "./business-day.js";
import { ProductId, RunId } from "./ids.js";
import { FailureCodeName, HeldFor, KeepReason, RunStatus, SkipReason, StageName, TrainingReason } from "./names.js";
import { DemandClass } from "./policy.js";

/** How many product trainings of a run ended which way. */
export const RunTotals = z.object({
  products: z.number().int(),
  trained: z.number().int(),
  /** Kept their models, because nothing had changed. Absent in news of before there was such an end. */
  unchanged: z.number().int().default(0),
  skipped: z.number().int(),
  failed: z.number().int(),
  /** Set aside, because they took their workers down. Absent in news of before there was such an end. */
  dead: z.number().int().default(0),
  cancelled: z.number().int(),
});
export type RunTotals = z.infer<typeof RunTotals>;

const of = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) =>
  z.object({ type: z.literal(type), runId: RunId, at: z.iso.datetime(), ...shape });

/** The news of a run. The number of an event is its stream id, given by Redis when it is published. */
export const ProgressEvent = z.discriminatedUnion("type", [
  of("run.accepted", {}),
  of("run.started", { products: z.number().int() }),
  of("run.deferred", { code: FailureCodeName, delayMs: z.number().int() }),
  of("product.stage", { productId: ProductId, stage: StageName }),
  of("product.trained", {
    productId: ProductId,
    demandClass: DemandClass,
    family: z.string(),
    wape: z.number().nullable(),
    wapeNaive: z.number().nullable(),
    /** What follows is absent in news of before it was told. */
    reason: TrainingReason.optional(),
    becomesChampion: z.boolean().optional(),
    decision: z.string().optional(),
    heldFor: HeldFor.nullable().optional(),
    durationMs: z.number(),
  }),
  /** Its sales have left its forecasts behind; it is trained in the same visit. */
  of("product.drifted", { productId: ProductId, day: BusinessDay, direction: z.enum(["up", "down"]), size: z.number().nullable() }),
  /** Without a reason in news of before there were several. */
  of("product.unchanged", { productId: ProductId, reason: KeepReason.optional(), durationMs: z.number() }),
  of("product.skipped", { productId: ProductId, reason: SkipReason }),
  of("product.deferred", { productId: ProductId, code: FailureCodeName, delayMs: z.number().int() }),
  of("product.retried", { productId: ProductId, code: FailureCodeName, delayMs: z.number().int() }),
  of("product.failed", { productId: ProductId, code: FailureCodeName, message: z.string() }),
  of("product.dead", { productId: ProductId, message: z.string() }),
  of("run.finished", { status: RunStatus, totals: RunTotals }),
]);
export type ProgressEvent = z.infer<typeof ProgressEvent>;

export type NumberedEvent = { readonly id: string; readonly event: ProgressEvent };
