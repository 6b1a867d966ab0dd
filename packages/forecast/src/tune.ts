/**
 * Choosing a spec: every trial forecasts the same past days, the least pinball loss wins. The seasonal naive forecast
 * is always among the trials, and so is the mean of the best, which seldom loses to any one of them.
 */
import type { Backtest, Plan } from "./backtest.js";
import { closeFold, openFolds, outlookOf } from "./backtest.js";
import { candidates } from "./candidates.js";
import { meanOutlook } from "./combine.js";
import type { DemandClass } from "./demand-class.js";
import type { Drivers } from "./drivers.js";
import type { Outlook } from "./outlook.js";
import { isFiniteOutlook } from "./outlook.js";
import { createRandom } from "./random.js";
import type { Score } from "./score.js";
import { lossOf, scoreOf } from "./score.js";
import type { Series } from "./series.js";
import { lastOpenDayOf } from "./series.js";
import type { SingleSpec, Spec } from "./spec.js";
import { sum } from "./vector.js";

export type TuneRequest = {
  readonly demandClass: DemandClass;
  /** How many specs to judge, combinations included; at least one. */
  readonly trials: number;
  readonly plan: Plan;
  readonly seed: number;
};

export type Tuned = {
  readonly spec: Spec;
  readonly trials: number;
  readonly score: Score;
  readonly naiveScore: Score;
  /** Of the winner; `fit` calibrates its quantiles from it. */
  readonly backtest: Backtest;
};

type Trial<S extends Spec = Spec> = { readonly spec: S; readonly loss: number; readonly outlooks: readonly Outlook[] };

/** How many of the best trials each combination averages. */
const COMBINATION_SIZES = [3, 6];
/** Trials below which there is nothing worth combining. */
const TRIALS_TO_COMBINE_MIN = 6;

export const tune = (series: Series, drivers: Drivers, { demandClass, trials, plan, seed }: TuneRequest): Tuned => {
  const folds = openFolds(series, drivers, plan);
  const backtestOf = ({ outlooks }: Trial): Backtest => ({ folds: folds.map((fold, i) => closeFold(fold, outlooks[i] ?? [])) });
  const judge = <S extends Spec>(spec: S, outlooks: readonly Outlook[]): Trial<S> => {
    const isUsable = outlooks.every(isFiniteOutlook);
    return { spec, outlooks, loss: isUsable ? sum(folds.map((fold, i) => lossOf(fold.actual, outlooks[i] ?? []))) : Number.POSITIVE_INFINITY };
  };
  const sizes = trials >= TRIALS_TO_COMBINE_MIN ? COMBINATION_SIZES : [];
  const situation = { demandClass, horizonDays: plan.horizonDays, spanDays: lastOpenDayOf(series) - series.start + 1 };
  const singles = candidates(situation, trials - sizes.length, createRandom(seed)).map((spec) => judge(spec, folds.map((fold) => outlookOf(spec, fold))));
  const ranked = singles.toSorted((a, b) => a.loss - b.loss);
  const combinations = sizes.map((size) => {
    const best: Trial<SingleSpec>[] = ranked.slice(0, size);
    const outlooks = folds.map((_, i) => meanOutlook(best.map((trial) => trial.outlooks[i] ?? [])));
    return judge({ family: "combination" as const, members: best.map(({ spec }) => spec) }, outlooks);
  });
  const naive: Trial | undefined = singles[0];
  const winner = [...combinations, ...ranked].reduce<Trial | undefined>((best, trial) => (best === undefined || trial.loss < best.loss ? trial : best), undefined);
  if (winner === undefined || naive === undefined) throw new RangeError(`expected at least one trial, got ${trials}`);
  const backtest = backtestOf(winner);
  return { spec: winner.spec, trials: singles.length + combinations.length, score: scoreOf(backtest), naiveScore: scoreOf(backtestOf(naive)), backtest };
};
