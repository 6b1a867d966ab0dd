/** How the spec that a search began at does on the search's own folds, from what its trials said: nothing is fitted for it. */
import type { OpenFold } from "./backtest.js";
import { closeFold } from "./backtest.js";
import { combineOutlooks, combiningOf } from "./combine.js";
import { weightsOf } from "./member-weights.js";
import type { Outlook } from "./outlook.js";
import type { Score } from "./score.js";
import { scoreOf } from "./score.js";
import type { SingleSpec } from "./spec.js";
import { isRecord, membersOf, settingOf } from "./warm-start.js";

type Tried = { readonly spec: SingleSpec; readonly outlooks: readonly Outlook[] };

/** Null when it, or a member of it, was not among the trials, or was given up before the last fold. @param start a spec as stored, whatever the engine that wrote it */
export const startScoreOf = (start: unknown, folds: readonly OpenFold[], trials: readonly Tried[]): Score | null => {
  const settings = membersOf(start);
  if (settings.length === 0) return null;
  const tried = new Map(trials.filter(({ outlooks }) => outlooks.length === folds.length).map(({ spec, outlooks }) => [settingOf(spec), outlooks]));
  const members = settings.map((member) => (isRecord(member) ? tried.get(settingOf(member)) : undefined));
  const known = members.filter((member) => member !== undefined);
  if (known.length < members.length) return null;
  const weights = weightsOf({ members: known, ...(isRecord(start) && isWeights(start.weights, known.length) ? { weights: start.weights } : {}) });
  const isCount = isRecord(start) && start.isCount === true;
  const outlookOn = (fold: OpenFold, i: number) => combineOutlooks(known.map((outlooks) => outlooks[i] ?? []), weights, combiningOf({ isCount }, fold.history.open.y));
  return scoreOf({ isCount, folds: folds.map((fold, i) => closeFold(fold, outlookOn(fold, i))) });
};

const isWeights = (value: unknown, length: number): value is readonly number[] =>
  Array.isArray(value) && value.length === length && value.every((weight) => typeof weight === "number");
