/** The arithmetic of a training, as a fit thread runs it, timed by the clock that the thread brings. */
import { fit, predict, toJson, tune, type Spec } from "@levain/forecast";
import type { FitAnswer, FitRequest, TuneAnswer, TuneRequest } from "./ports.js";

/** @param clock milliseconds, from any origin */
export function computeTune({ series, drivers, options }: TuneRequest, clock: () => number): TuneAnswer {
  const startedAt = clock();
  const tuned = tune(series, drivers, options);
  return { tuned, computeMs: clock() - startedAt };
}

/** @param clock milliseconds, from any origin @throws RangeError when the numbers do not come out finite */
export function computeFit({ spec, series, drivers, options, ahead }: FitRequest, clock: () => number): FitAnswer {
  const startedAt = clock();
  const model = fit(spec, series, drivers, options);
  const quantiles = predict(model, ahead);
  return { artifact: toJson(model), family: familyOf(model.spec), quantiles, computeMs: clock() - startedAt };
}

/** A spec's family in words for people; of a combination, the families that it averages. */
const familyOf = (spec: Spec): string => (spec.family === "combination" ? [...new Set(spec.members.map(({ family }) => family))].toSorted().join(" + ") : spec.family);
