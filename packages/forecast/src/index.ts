/**
 * Turns a daily series and its drivers into a fitted model, a probabilistic forecast and an honest score. Pure numbers:
 * the same arguments give the same answer on any machine at any time.
 */
export type { Backtest, Fold, Plan } from "./backtest.js";
export { backtest } from "./backtest.js";
export type { CusumAlarm, CusumRule } from "./cusum.js";
export { cusum } from "./cusum.js";
export type { DemandClass, DemandThresholds } from "./demand-class.js";
export { demandClass } from "./demand-class.js";
export type { Drivers, Regressor, SpecialDay } from "./drivers.js";
export type { ExplainedDay, Explanation, ExplainRequest } from "./explain.js";
export { explain } from "./explain.js";
export { fit } from "./fit.js";
export type { ServedFold } from "./folds-as-served.js";
export { foldsAsServed } from "./folds-as-served.js";
export { bias, coverage, crps, mape, mase, pinball, rmsse, seasonalNaiveErrors, wape } from "./metrics.js";
export type { KnownDriver } from "./known-drivers.js";
export { knownDrivers } from "./known-drivers.js";
export type { Model } from "./model.js";
export { MODEL_SCHEMA_VERSION } from "./model.js";
export { parseModel, toJson } from "./model-json.js";
export type { DayQuantiles } from "./normal-score.js";
export { normalScore } from "./normal-score.js";
export { LEVELS } from "./outlook.js";
export type { Part, PartKind } from "./part.js";
export type { PredictRequest, Quantiles } from "./predict.js";
export { predict } from "./predict.js";
export { sayDay } from "./say-day.js";
export type { Score } from "./score.js";
export { scoreOf } from "./score.js";
export type { EpochDay, Series } from "./series.js";
export type { Family, Spec } from "./spec.js";
export type { Tuned, TuneRequest } from "./tune.js";
export { tune } from "./tune.js";
