/** The last step of a training: the chosen spec on all of the series. */
import type { Backtest } from "./backtest.js";
import { learnWidening } from "./conformal.js";
import type { Drivers } from "./drivers.js";
import { fitSpec, usesDesign } from "./families.js";
import { historyUntil } from "./history.js";
import type { Model } from "./model.js";
import { MODEL_SCHEMA_VERSION } from "./model.js";
import { parseModel, toJson } from "./model-json.js";
import type { Series } from "./series.js";
import { lastDayOf } from "./series.js";
import type { Spec } from "./spec.js";

/**
 * A model is what its text says, so it is read back from it: its forecasts are the same before and after storing.
 * @param backtest of the same spec, from `tune` or `backtest`
 * @throws RangeError when a number came out that is not finite
 */
export const fit = (spec: Spec, series: Series, drivers: Drivers, { backtest, seed }: { readonly backtest: Backtest; readonly seed: number }): Model => {
  const cutoff = lastDayOf(series);
  const history = historyUntil(series, drivers, cutoff);
  const fitted = fitSpec(spec, history);
  return parseModel(toJson({
    schemaVersion: MODEL_SCHEMA_VERSION,
    spec,
    cutoff,
    seed,
    widening: learnWidening(backtest),
    fitted,
    recipe: usesDesign(fitted) ? history.design().recipe : null,
  }));
};
