/** The one place that knows every model family: from a spec to a fitted model, and from that to an outlook. */
import type { FittedAdditive } from "./additive/fit.js";
import { fitAdditive } from "./additive/fit.js";
import { projectAdditive } from "./additive/predict.js";
import type { FittedWeekdays } from "./baselines.js";
import { fitSeasonalNaive, fitWeekdayMean, projectWeekdays } from "./baselines.js";
import type { Combining } from "./combine.js";
import { combineOutlooks, combiningOf } from "./combine.js";
import type { FittedCount } from "./count.js";
import { fitCount, projectCount } from "./count.js";
import type { FittedDecomposedSmoothing } from "./decomposed-smoothing.js";
import { fitDecomposedSmoothing, projectDecomposedSmoothing } from "./decomposed-smoothing.js";
import type { FittedDynamicRegression } from "./dynamic-regression.js";
import { fitDynamicRegression, projectDynamicRegression } from "./dynamic-regression.js";
import type { Ahead, History } from "./history.js";
import type { FittedEmpirical } from "./intermittent.js";
import { fitEmpirical, projectEmpirical } from "./intermittent.js";
import { weightsOf } from "./member-weights.js";
import type { Outlook } from "./outlook.js";
import type { FittedRegression } from "./regression.js";
import { fitRegression, projectRegression } from "./regression.js";
import type { FittedSmoothing } from "./smoothing.js";
import { fitSmoothing, projectSmoothing } from "./smoothing.js";
import type { SingleSpec, Spec } from "./spec.js";

export type FittedSingle =
  | FittedWeekdays
  | FittedSmoothing
  | FittedDecomposedSmoothing
  | FittedRegression
  | FittedAdditive
  | FittedDynamicRegression
  | FittedEmpirical
  | FittedCount;
export type FittedCombination = Combining & {
  readonly family: "combination";
  readonly members: readonly FittedSingle[];
  readonly weights?: readonly number[];
};
export type Fitted = FittedSingle | FittedCombination;

/** Whether a fitted model forecasts by the columns of its history's design. */
export const usesDesign = (fitted: Fitted): boolean => {
  if (fitted.family === "combination") return fitted.members.some(usesDesign);
  return fitted.family === "additive" || fitted.family === "dynamic-regression" || fitted.family === "regression";
};

export const fitSpec = (spec: Spec, history: History): Fitted => {
  if (spec.family !== "combination") return fitSingle(spec, history);
  const members = spec.members.map((member) => fitSingle(member, history));
  return { family: "combination", members, ...(spec.weights === undefined ? {} : { weights: spec.weights }), ...combiningOf(spec, history.open.y) };
};

const fitSingle = (spec: SingleSpec, history: History): FittedSingle => {
  switch (spec.family) {
    case "seasonal-naive":
      return fitSeasonalNaive(spec, history);
    case "weekday-mean":
      return fitWeekdayMean(spec, history);
    case "smoothing":
      return fitSmoothing(spec, history);
    case "decomposed-smoothing":
      return fitDecomposedSmoothing(spec, history);
    case "regression":
      return fitRegression(spec, history);
    case "additive":
      return fitAdditive(spec, history);
    case "dynamic-regression":
      return fitDynamicRegression(spec, history);
    case "empirical":
      return fitEmpirical(spec, history);
    case "count":
      return fitCount(spec, history);
  }
};

/** @param ahead days after the cutoff */
export const project = (fitted: Fitted, ahead: Ahead): Outlook => {
  switch (fitted.family) {
    case "seasonal-naive":
    case "weekday-mean":
      return projectWeekdays(fitted, ahead.days);
    case "smoothing":
      return projectSmoothing(fitted, ahead.days);
    case "decomposed-smoothing":
      return projectDecomposedSmoothing(fitted, ahead.days);
    case "regression":
      return projectRegression(fitted, ahead);
    case "additive":
      return projectAdditive(fitted, ahead);
    case "dynamic-regression":
      return projectDynamicRegression(fitted, ahead);
    case "empirical":
      return projectEmpirical(fitted, ahead.days);
    case "count":
      return projectCount(fitted, ahead.days);
    case "combination":
      return combineOutlooks(fitted.members.map((member) => project(member, ahead)), weightsOf(fitted), fitted);
  }
};
