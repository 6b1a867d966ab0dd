/** What runs in a fit thread: pure numbers in, pure numbers out, with the milliseconds they took. */
import { fit, predict, toJson, tune } from "@levain/forecast";
import type { FitAnswer, FitRequest, TuneAnswer, TuneRequest } from "@levain/training";

export function tuneInThread(request: TuneRequest): TuneAnswer {
  const startedAt = performance.now();
  const tuned = tune(request.series, request.drivers, request.options);
  return { tuned, computeMs: performance.now() - startedAt };
}

export function fitInThread(request: FitRequest): FitAnswer {
  const startedAt = performance.now();
  const model = fit(request.spec, request.series, request.drivers, request.options);
  const quantiles = predict(model, request.ahead);
  return { artifact: toJson(model), family: model.spec.family, quantiles, computeMs: performance.now() - startedAt };
}
