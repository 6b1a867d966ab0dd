/** The fitted model: plain data that forecasts without its series, and the same as versioned JSON. */
import type { Backtest } from "./backtest.js";
import type { Widening } from "./conformal.js";
import { learnWidening, widen } from "./conformal.js";
import type { Drivers } from "./drivers.js";
import type { Fitted } from "./families.js";
import { fitSpec, project } from "./families.js";
import { historyUntil } from "./history.js";
import { quantileAt } from "./outlook.js";
import type { EpochDay, Series } from "./series.js";
import { lastDayOf } from "./series.js";
import type { Spec } from "./spec.js";

/** Raised when the JSON of a model changes its meaning; `parseModel` refuses others. */
export const MODEL_SCHEMA_VERSION = 1;

export type Model = {
  readonly schemaVersion: typeof MODEL_SCHEMA_VERSION;
  readonly spec: Spec;
  /** The last day it has seen. */
  readonly cutoff: EpochDay;
  readonly seed: number;
  readonly fitted: Fitted;
  /** What the back-test taught about the width of its intervals. */
  readonly widening: Widening;
};

/** Quantiles per day ahead: `values[i][j]` is quantile `levels[i]` of day `start + j`, in the series' unit. */
export type Quantiles = { readonly start: EpochDay; readonly levels: readonly number[]; readonly values: readonly Float64Array[] };

/** Fits on the whole series. @param backtest of the same spec, from `tune` or `backtest` */
export const fit = (spec: Spec, series: Series, drivers: Drivers, { backtest, seed }: { readonly backtest: Backtest; readonly seed: number }): Model => {
  const cutoff = lastDayOf(series);
  return {
    schemaVersion: MODEL_SCHEMA_VERSION,
    spec,
    cutoff,
    seed,
    fitted: fitSpec(spec, historyUntil(series, drivers, cutoff)),
    widening: learnWidening(backtest.folds),
  };
};

export type Request = {
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
export const predict = (model: Model, { start, days, drivers, levels }: Request): Quantiles => {
  if (start <= model.cutoff) throw new RangeError(`expected a start after the model's cutoff, day ${model.cutoff}, got day ${start}`);
  const ahead = Int32Array.from({ length: days }, (_, i) => start + i);
  const outlook = widen(project(model.fitted, ahead, drivers), model.widening);
  const plan = new Set(drivers.openAhead ?? []);
  const isOpen = (day: EpochDay) => plan.size === 0 || plan.has(day);
  return { start, levels, values: levels.map((level) => quantileAt(outlook, level).map((value, i) => (isOpen(start + i) ? value : 0))) };
};
