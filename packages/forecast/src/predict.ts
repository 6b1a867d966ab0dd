/** What a model says about the days ahead. */
import { widen } from "./conformal.js";
import type { Drivers } from "./drivers.js";
import { project } from "./families.js";
import { aheadOf } from "./history.js";
import type { Model } from "./model.js";
import { quantileAt } from "./outlook.js";
import type { EpochDay } from "./series.js";

/** Quantiles per day ahead: `values[i][j]` is quantile `levels[i]` of day `start + j`, in the series' unit. */
export type Quantiles = { readonly start: EpochDay; readonly levels: readonly number[]; readonly values: readonly Float64Array[] };

export type PredictRequest = {
  readonly start: EpochDay;
  readonly days: number;
  readonly drivers: Drivers;
  /** In (0, 1), ascending. */
  readonly levels: readonly number[];
};

/**
 * Quantiles of each day in [start, start + days). They never cross and are never negative. Days outside `openAhead`,
 * where the shop's plan is known, are zero at every level. @throws RangeError for a day the model has already seen
 */
export const predict = (model: Model, { start, days, drivers, levels }: PredictRequest): Quantiles => {
  if (start <= model.cutoff) throw new RangeError(`expected a start after the model's cutoff, day ${model.cutoff}, got day ${start}`);
  const ahead = Int32Array.from({ length: days }, (_, i) => start + i);
  const outlook = widen(project(model.fitted, aheadOf(model.recipe, ahead, drivers)), model.widening, (i) => start + i - model.cutoff);
  const plan = new Set(drivers.openAhead ?? []);
  const isOpen = (day: EpochDay) => plan.size === 0 || plan.has(day);
  return { start, levels, values: levels.map((level) => quantileAt(outlook, level).map((value, i) => (isOpen(start + i) ? value : 0))) };
};
