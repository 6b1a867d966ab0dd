/** The arithmetic of a training, as a fit thread runs it, timed by the clock that the thread brings. */
import { backtest, explain, fit, predict, scoreOf, toJson, tune, type Spec } from "@levain/forecast";
import type { FitAnswer, FitRequest, JudgeAnswer, JudgeRequest, TuneAnswer, TuneRequest } from "./ports.js";

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
  const explanation = explain(model, ahead);
  return { artifact: toJson(model), family: familyOf(model.spec), quantiles, explanation, computeMs: clock() - startedAt };
}

/** No score where this engine cannot fit the spec, which may be of an older one, or where numbers do not come out finite. */
export function computeJudgement({ spec, series, drivers, plan }: JudgeRequest): JudgeAnswer {
  try {
    const { folds } = backtest(spec as Spec, series, drivers, plan);
    const isFinite = folds.every(({ outlook }) => outlook.every((row) => row.every(Number.isFinite)));
    return { score: isFinite ? scoreOf({ folds }) : null };
  } catch (error) {
    // What the engine says of a setting that is none of its own: an unknown family or a missing field.
    if (error instanceof RangeError || error instanceof TypeError) return { score: null };
    throw error;
  }
}

/** A spec's family in words for people; of a combination, the families that it averages. */
const familyOf = (spec: Spec): string => (spec.family === "combination" ? [...new Set(spec.members.map(({ family }) => family))].toSorted().join(" + ") : spec.family);
