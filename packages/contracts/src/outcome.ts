import type { DataReport } from "./report.js";
import type { DemandClass } from "./policy.js";
import type { Score } from "./score.js";
import type { HeldFor, KeepReason, SkipReason, SourceName, TrainingReason } from "./names.js";
import type { BusinessDay } from "./business-day.js";
import type { ModelId } from "./ids.js";
import type { Evidence, Lineage } from "./registry.js";

/** Quantiles per day after the cutoff; `values[level]` runs along `days`. */
export type DailyForecast = {
  readonly days: readonly BusinessDay[];
  readonly levels: readonly number[];
  /** values[i][j]: quantile `levels[i]` on `days[j]`, in the tenant's units. */
  readonly values: readonly (readonly number[])[];
};

/** What training one product came to, where the world did not interfere. */
export type TrainingOutcome =
  | { readonly kind: "skipped"; readonly reason: SkipReason; readonly report: DataReport }
  /** There is nothing that a new model would be better for. */
  | { readonly kind: "unchanged"; readonly reason: KeepReason; readonly keptModelId: ModelId; readonly report: DataReport }
  | {
      readonly kind: "trained";
      readonly reason: TrainingReason;
      readonly demandClass: DemandClass;
      /** The winning model family, such as `additive`. */
      readonly family: string;
      /** The winning hyperparameters, for people and for warm starts. */
      readonly spec: unknown;
      /** The fitted model as versioned JSON text. */
      readonly artifact: string;
      readonly schemaVersion: number;
      readonly score: Score;
      readonly naiveScore: Score;
      readonly trials: number;
      readonly forecast: DailyForecast;
      readonly absentSources: readonly SourceName[];
      readonly report: DataReport;
      /** Milliseconds of pure computing (tune and fit). */
      readonly fitMs: number;
      readonly becomesChampion: boolean;
      /** Why it does or does not become champion. */
      readonly decision: string;
      /** Null where its sales are believed. */
      readonly heldFor: HeldFor | null;
      /** The champion that it was held against; null for a product's first model. */
      readonly parentId: ModelId | null;
      readonly lineage: Lineage;
      readonly evidence: Evidence;
    };
