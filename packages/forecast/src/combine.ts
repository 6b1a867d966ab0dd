/** How the members of a combination speak as one. */
import { poolCounts } from "./count-pool.js";
import { averageOutlooks, DISAGREEMENT } from "./disagreement.js";
import type { Outlook } from "./outlook.js";
import { unitOf } from "./sales-unit.js";
import type { CombinationSpec } from "./spec.js";

export type Combining = {
  /** How many times the variance between members counts; absent in models of schema version 2 and before, which are as wide as their members. */
  readonly disagreement?: number;
  /** What the product is counted in, where the members' opinions are pooled as those about a count; absent where their quantiles are averaged. */
  readonly countUnit?: number;
};

/** @param y demand on the open days, shape (n) */
export const combiningOf = ({ isCount = false }: Pick<CombinationSpec, "isCount">, y: Float64Array): Combining => (isCount ? { countUnit: unitOf(y) } : { disagreement: DISAGREEMENT });

/** @param outlooks at least one, all of the same shape @param weights one each, summing to 1 */
export const combineOutlooks = (outlooks: readonly Outlook[], weights: readonly number[], { disagreement = 0, countUnit }: Combining): Outlook =>
  countUnit === undefined ? averageOutlooks(outlooks, weights, disagreement) : poolCounts(outlooks, weights, countUnit);
