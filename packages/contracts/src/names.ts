import { z } from "zod";
import { DISPOSITIONS, type FailureCode } from "./failure.js";

export const SourceName = z.enum(["sales", "open-days", "weather", "traffic", "events"]);
export type SourceName = z.infer<typeof SourceName>;

export const FailureCodeName = z.enum(Object.keys(DISPOSITIONS) as [FailureCode, ...FailureCode[]]);

/** What the business expects: not failures. */
export const SkipReason = z.enum(["too-few-observations", "no-recent-sales", "product-discontinued"]);
export type SkipReason = z.infer<typeof SkipReason>;

/** Why a product that is unchanged keeps its model. */
export const KeepReason = z.enum(["same-data", "no-new-sales", "pinned"]);
export type KeepReason = z.infer<typeof KeepReason>;

/** Why a product was tuned. */
const TuneReason = z.enum(["asked-for", "new", "champion-refused", "forecast-ends", "drifted", "policy-changed", "due", "settings-unknown"]);
export type TuneReason = z.infer<typeof TuneReason>;

/** Why a training did what it did: tuned the product, fitted its settings to newer sales, or kept its model. */
export const TrainingReason = z.enum([...TuneReason.options, "newer-sales", ...KeepReason.options]);
export type TrainingReason = z.infer<typeof TrainingReason>;

/** Whose sales contradict the champion, so that a new model waits: the product's own, or those of most products of the run. */
export const HeldFor = z.enum(["product", "shop"]);
export type HeldFor = z.infer<typeof HeldFor>;

/** The named steps of one product's training, in order. */
export const StageName = z.enum(["load", "prepare", "grade", "tune", "judge", "fit", "commit"]);
export type StageName = z.infer<typeof StageName>;

/** accepted → running → finished | cancelled | failed. Open: accepted or running. */
export const RunStatus = z.enum(["accepted", "running", "finished", "cancelled", "failed"]);
export type RunStatus = z.infer<typeof RunStatus>;

/** queued → running → trained | unchanged | skipped | failed | dead | cancelled; running → deferred → running. Dead: set aside, because it took its workers down. */
export const ProductTrainingStatus = z.enum(["queued", "running", "deferred", "trained", "unchanged", "skipped", "failed", "dead", "cancelled"]);
export type ProductTrainingStatus = z.infer<typeof ProductTrainingStatus>;

/** redrive: one product of an ended run, once more. */
export const RunTrigger = z.enum(["request", "nightly", "redrive"]);
export type RunTrigger = z.infer<typeof RunTrigger>;
