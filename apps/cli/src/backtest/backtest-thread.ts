/** What runs in a thread of the back-test: the engine on one series, and on the same series the two simplest forecasts. */
import { backtest, fit, predict, toJson, tune, type Plan, type Quantiles, type Spec } from "@levain/forecast";
import type { FitAnswer, FitRequest, TuneAnswer, TuneRequest } from "@levain/training";

/** What a forecast must beat to be worth its trouble. */
export const SIMPLE_SPECS = {
  "seasonal naive": { family: "seasonal-naive" },
  "weekday mean": { family: "weekday-mean", weeks: 4 },
} as const satisfies Record<string, Spec>;
export type SimpleName = keyof typeof SIMPLE_SPECS;

export type CompareRequest = Pick<FitRequest, "series" | "drivers" | "ahead"> & { readonly plan: Plan };

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

/** The simple forecasts, with intervals from a back-test of their own. */
export function compareInThread({ series, drivers, ahead, plan }: CompareRequest): Record<SimpleName, Quantiles> {
  const forecast = (spec: Spec): Quantiles => predict(fit(spec, series, drivers, { backtest: backtest(spec, series, drivers, plan), seed: 0 }), ahead);
  return { "seasonal naive": forecast(SIMPLE_SPECS["seasonal naive"]), "weekday mean": forecast(SIMPLE_SPECS["weekday mean"]) };
}
