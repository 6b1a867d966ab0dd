/**
 * Choosing a spec: every trial forecasts the same past days, and the pinball loss decides. The seasonal naive forecast
 * is always among the trials; the last one is a weighted mean of the others, which seldom loses to any of them.
 */
import type { Backtest, OpenFold, Plan } from "./backtest.js";
import { closeFold, openFolds, outlookOf } from "./backtest.js";
import { candidates } from "./candidates.js";
import { combineOutlooks, combiningOf } from "./combine.js";
import { normalised, weigh } from "./member-weights.js";
import type { DemandClass } from "./demand-class.js";
import type { Drivers } from "./drivers.js";
import type { Outlook } from "./outlook.js";
import { isFiniteOutlook } from "./outlook.js";
import { createRandom } from "./random.js";
import type { Score } from "./score.js";
import { lossOf, scoreOf } from "./score.js";
import type { Series } from "./series.js";
import { lastOpenDayOf } from "./series.js";
import type { CombinationSpec, SingleSpec, Spec } from "./spec.js";
import { isCount } from "./spec.js";
import { startScoreOf } from "./start-score.js";
import { sum } from "./vector.js";
import { warmStart } from "./warm-start.js";

export type TuneRequest = {
  readonly demandClass: DemandClass;
  /** How many specs to judge, the combination included; at least one. */
  readonly trials: number;
  readonly plan: Plan;
  /** Any integer. The same seed draws the same specs. */
  readonly seed: number;
  /** The spec of the champion, as it was stored: its settings are tried first. */
  readonly startFrom?: unknown;
};

export type Tuned = {
  readonly spec: Spec;
  /** How many were judged. */
  readonly trials: number;
  readonly score: Score;
  readonly naiveScore: Score;
  /** Of the spec that the search started from; null when there was none, or not all of it was among the trials. */
  readonly startScore: Score | null;
  /** Of the winner; `fit` calibrates its quantiles from it. */
  readonly backtest: Backtest;
};

/** A spec, what it said about each fold's days, and how far that was off. */
type Trial<S extends Spec = Spec> = { readonly spec: S; readonly outlooks: readonly Outlook[]; readonly loss: number };

/** Members of the combination at most: more change little and each is fitted once more on all of the history. */
const MEMBERS_MAX = 16;
/** Trials below which there is nothing worth combining. */
const TRIALS_TO_COMBINE_MIN = 6;
/**
 * A single trial wins only with a loss below this share of the combination's. Chosen as the best of thirty on a few
 * weeks it is flattered by luck, of which a mean of many has less.
 */
const SINGLE_LOSS_SHARE = 0.7;

/** Times the least loss so far, from which a trial is given up: its weight in the combination would be next to nothing. */
const HOPELESS = 3;

/** @throws RangeError for less than one trial */
export const tune = (series: Series, drivers: Drivers, { demandClass, trials, plan, seed, startFrom }: TuneRequest): Tuned => {
  if (!(trials >= 1)) throw new RangeError(`expected at least one trial, got ${trials}`);
  const folds = openFolds(series, drivers, plan);
  const isCombining = trials >= TRIALS_TO_COMBINE_MIN;
  const situation = { demandClass, horizonDays: plan.horizonDays, spanDays: lastOpenDayOf(series) - series.start + 1 };
  const specs = warmStart(candidates(situation, isCombining ? trials - 1 : trials, createRandom(seed)), startFrom);
  const singles = tryEach(specs, folds);
  const ranked = singles.toSorted((a, b) => a.loss - b.loss);
  const winner = isCombining ? fairer(bestOf(ranked), combine(ranked, folds, demandClass)) : bestOf(ranked);
  const backtestOf = ({ spec, outlooks }: Trial): Backtest => ({ ...(isCount(spec) ? { isCount: true } : {}), folds: folds.map((fold, i) => closeFold(fold, outlooks[i] ?? [])) });
  const backtest = backtestOf(winner);
  return {
    spec: winner.spec,
    trials: singles.length + (isCombining ? 1 : 0),
    score: scoreOf(backtest),
    naiveScore: scoreOf(backtestOf(bestOf(singles))),
    startScore: startScoreOf(startFrom, folds, singles),
    backtest,
  };
};

/** One after the other; what has lost too much after some folds is not asked about the rest. The first, the floor, always is. */
const tryEach = (specs: readonly SingleSpec[], folds: readonly OpenFold[]): Trial<SingleSpec>[] => {
  let least = Number.POSITIVE_INFINITY;
  return specs.map((spec) => {
    const outlooks: Outlook[] = [];
    let lost = 0;
    for (const fold of folds) {
      const outlook = outlookOf(spec, fold);
      outlooks.push(outlook);
      lost += lossOf(fold.actual, outlook);
      if (lost > HOPELESS * least) return { spec, outlooks, loss: Number.POSITIVE_INFINITY };
    }
    const loss = finiteLoss(lost, outlooks);
    least = Math.min(least, loss);
    return { spec, outlooks, loss };
  });
};

/** What is not finite anywhere never wins. */
const finiteLoss = (loss: number, outlooks: readonly Outlook[]): number => (outlooks.every(isFiniteOutlook) ? loss : Number.POSITIVE_INFINITY);

/** The mean of the trials with the largest weights. */
const combine = (trials: readonly Trial<SingleSpec>[], folds: readonly OpenFold[], demandClass: DemandClass): Trial => {
  const finite = trials.filter(({ loss }) => Number.isFinite(loss));
  const weights = weigh(finite, sum(folds.map(({ days }) => days.length)), demandClass);
  const members = finite.map((trial, i) => ({ trial, weight: weights[i] ?? 0 })).toSorted((a, b) => b.weight - a.weight).slice(0, MEMBERS_MAX);
  const shares = normalised(members.map(({ weight }) => weight));
  const spec: CombinationSpec = { family: "combination", members: members.map(({ trial }) => trial.spec), weights: shares, ...(isOfFewUnits(demandClass) ? { isCount: true } : {}) };
  const outlooks = folds.map(({ history }, i) => combineOutlooks(members.map(({ trial }) => trial.outlooks[i] ?? []), shares, combiningOf(spec, history.open.y)));
  return { spec, outlooks, loss: finiteLoss(sum(folds.map((fold, i) => lossOf(fold.actual, outlooks[i] ?? []))), outlooks) };
};

/** Demand of a few units a day, most of them the same few: what counts is how likely each of them is. */
const isOfFewUnits = (demandClass: DemandClass): boolean => demandClass === "low" || demandClass === "intermittent";

const bestOf = <T>([first]: readonly T[]): T => {
  if (first === undefined) throw new RangeError("expected at least one trial, got none");
  return first;
};

const fairer = (single: Trial, combination: Trial): Trial => (single.loss < SINGLE_LOSS_SHARE * combination.loss ? single : combination);
