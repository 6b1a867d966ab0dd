/** One complete training of a simulated high-volume product, as a fit thread does it: tune, fit, forecast. */
import { fit, predict, tune } from "@levain/forecast";
import { resolvePolicy } from "@levain/contracts";

const { simulateProduct } = await import(new URL("../packages/forecast/dist/simulated-product.js", import.meta.url).href);

const LEVELS = [0.1, 0.25, 0.5, 0.75, 0.9];
const UNITS_A_DAY = 120;
const policy = resolvePolicy();

/** Folds, horizon and trials of the policy that a tenant has when it says nothing. */
export const PLAN = { horizonDays: policy.horizonDays, ...policy.backtest };
export const TRIALS = policy.trials.high;

/** @returns the product, and `run`, which trains it from the start */
export function trainingOf({ days, seed, trials = TRIALS }) {
  const product = simulateProduct({ days, seed, level: UNITS_A_DAY });
  const { series, drivers } = product;
  const run = () => {
    const { spec, backtest } = tune(series, drivers, { demandClass: "high", trials, plan: PLAN, seed: 1 });
    const model = fit(spec, series, drivers, { backtest, seed: 1 });
    return predict(model, { start: series.start + days, days: PLAN.horizonDays, drivers, levels: LEVELS });
  };
  return { ...product, run };
}
