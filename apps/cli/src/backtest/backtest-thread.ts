/** What runs in a thread of the back-test: the engine on one series, and on the same series the two simplest forecasts. */
import { backtest, fit, predict, type Plan, type Quantiles, type Spec } from "@levain/forecast";
import { computeFit, computeTune, type FitAnswer, type FitRequest, type TuneAnswer, type TuneRequest } from "@levain/training";

/** What a forecast must beat to be worth its trouble. */
const SIMPLE_SPECS = {
  "seasonal naive": { family: "seasonal-naive" },
  "weekday mean": { family: "weekday-mean", weeks: 4 },
} as const satisfies Record<string, Spec>;
export type SimpleName = keyof typeof SIMPLE_SPECS;

export type CompareRequest = Pick<FitRequest, "series" | "drivers" | "ahead"> & { readonly plan: Plan };

const clock = (): number => performance.now();

export const tuneInThread = (request: TuneRequest): TuneAnswer => computeTune(request, clock);
export const fitInThread = (request: FitRequest): FitAnswer => computeFit(request, clock);

/** The simple forecasts, with intervals from a back-test of their own. */
export function compareInThread({ series, drivers, ahead, plan }: CompareRequest): Record<SimpleName, Quantiles> {
  const forecast = (spec: Spec): Quantiles => predict(fit(spec, series, drivers, { backtest: backtest(spec, series, drivers, plan), seed: 0 }), ahead);
  return { "seasonal naive": forecast(SIMPLE_SPECS["seasonal naive"]), "weekday mean": forecast(SIMPLE_SPECS["weekday mean"]) };
}
