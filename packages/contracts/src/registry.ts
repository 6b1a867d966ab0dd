/** The registry of models: what each was made of, how it did, and who made it serve. */
import { z } from "zod";
import { BusinessDay } from "./business-day.js";
import { ModelId, ProductId, RunId } from "./ids.js";

const Digest = z.string().regex(/^[0-9a-f]{64}$/);

/** What a model was made of, so that it can be made again: beside its spec, its cutoff and its run. */
export const Lineage = z.object({
  seriesDigest: Digest.meta({ description: "SHA-256 of the daily demand that it saw" }),
  regressorsDigest: Digest.meta({ description: "SHA-256 of its drivers: regressors, public holidays and planned open days" }),
  policy: z.record(z.string(), z.unknown()).meta({ description: "The training policy, with the tenant's own settings" }),
  seed: z.number().int(),
  codeVersion: z.string().meta({ description: "SHA-256 of the engine's code" }),
  dataDigest: Digest.meta({ description: "SHA-256 of all of the above with the cutoff: trainings with the same digest come to the same model" }),
});
export type Lineage = z.infer<typeof Lineage>;

/** champion: serves now. former: served once. rejected: never did; `decision` says why. */
export const Standing = z.enum(["champion", "former", "rejected"]);
export type Standing = z.infer<typeof Standing>;

/** Quantiles of one day, in the tenant's units: the median with the middle half and the middle 80 %. */
const DayBands = z.object({ day: BusinessDay, low80: z.number(), low50: z.number(), median: z.number(), high50: z.number(), high80: z.number() });
export type DayBands = z.infer<typeof DayBands>;

/** What a model's card shows beside the model itself. */
export const Evidence = z.object({
  /** The last open days before the cutoff. */
  recent: z.array(z.object({ day: BusinessDay, actual: z.number() })),
  /** What the series sold in each of its weeks; the first is cut by where it begins. Absent for older models. */
  weeks: z.object({ firstDay: BusinessDay, totals: z.array(z.number()) }).optional(),
  /** The back-test as it would have been served, oldest first. */
  folds: z.array(z.object({ cutoff: BusinessDay, days: z.array(DayBands.extend({ actual: z.number() })) })),
  ahead: z.array(DayBands),
  /** What each day ahead is made of: parts in units that add up to the median. */
  components: z.array(z.object({ day: BusinessDay, median: z.number(), parts: z.array(z.object({ kind: z.string(), name: z.string(), units: z.number() })) })),
});
export type Evidence = z.infer<typeof Evidence>;

export const ChampionChangeKind = z.enum(["trained", "promoted", "rolled-back", "pinned", "unpinned"]);
export type ChampionChangeKind = z.infer<typeof ChampionChangeKind>;

/** One entry of a product's audit: written once. Numbers have no gap, and `fromModelId` is the `toModelId` of the number before. */
export const ChampionChange = z.object({
  number: z.number().int(),
  kind: ChampionChangeKind,
  fromModelId: ModelId.nullable(),
  toModelId: ModelId,
  isPinned: z.boolean().meta({ description: "Whether the champion was pinned after it" }),
  changedAt: z.iso.datetime(),
  by: z.object({
    role: z.enum(["worker", "tenant", "operator"]),
    keyId: z.string().nullable().meta({ description: "Null for a worker" }),
    runId: RunId.nullable().meta({ description: "The run that a worker trained for" }),
  }),
  reason: z.string(),
});
export type ChampionChange = z.infer<typeof ChampionChange>;

export const ChampionView = z.object({
  productId: ProductId,
  modelId: ModelId,
  isPinned: z.boolean().meta({ description: "Runs do not take its place" }),
  since: z.iso.datetime(),
  change: z.number().int().meta({ description: "The newest number of the product's audit" }),
  isChanged: z.boolean().meta({ description: "False when it was so already" }),
});
export type ChampionView = z.infer<typeof ChampionView>;

const Reason = z.string().trim().min(1).max(500);

export const ChangeChampionRequest = z.strictObject({ reason: Reason.optional().meta({ description: "Why, for the audit" }) });
export type ChangeChampionRequest = z.infer<typeof ChangeChampionRequest>;

export const RollBackRequest = z.strictObject({
  from: ModelId.optional().meta({ description: "Roll back only while this model is the champion: a request that is sent twice then rolls back once" }),
  reason: Reason.optional().meta({ description: "Why, for the audit" }),
});
export type RollBackRequest = z.infer<typeof RollBackRequest>;
