/**
 * Which specs a demand class tries. The floor comes first, then a few settings that are good nearly everywhere, then
 * draws around them: with few trials the sure ones are tried, with many the search widens.
 */
import type { ColumnScales } from "./column-priors.js";
import type { CrostonMethod } from "./croston.js";
import type { DemandClass } from "./demand-class.js";
import { YEARLY_SPAN_DAYS_MIN } from "./design.js";
import type { LevelFilter } from "./level-filter.js";
import type { Random } from "./random.js";
import { pick } from "./random.js";
import type {
  AdditiveSpec,
  CountSpec,
  DecomposedSmoothingSpec,
  DynamicRegressionSpec,
  EmpiricalSpec,
  LevelCorrection,
  RegressionSpec,
  SingleSpec,
  SmoothingSpec,
} from "./spec.js";
import type { TransformName } from "./transform.js";

export type Situation = {
  readonly demandClass: DemandClass;
  readonly horizonDays: number;
  /** From the first open day to the last. */
  readonly spanDays: number;
};

/** Days of history from which the additive model has enough to tell its parts apart. */
const ADDITIVE_SPAN_DAYS_MIN = 42;

/** Days of history from which a lagged level and thirty columns can be told apart. */
const REGRESSION_SPAN_DAYS_MIN = 180;

/** @param count how many, at least one; the first is always the seasonal naive floor */
export const candidates = (situation: Situation, count: number, random: Random): SingleSpec[] => {
  const specs: SingleSpec[] = [{ family: "seasonal-naive" }, ...SURE[situation.demandClass](situation)];
  while (specs.length < count) specs.push(draw(situation, random));
  return specs.slice(0, Math.max(1, count));
};

const smoothing = (transform: TransformName, levelWeight: number, weekdayWeight: number): SmoothingSpec => ({
  family: "smoothing",
  transform,
  levelWeight,
  weekdayWeight,
});

const decomposed = (levelWeight: number): DecomposedSmoothingSpec => ({ family: "decomposed-smoothing", transform: "sqrt", levelWeight, damping: 0.8, weeks: 10 });

const empirical = (halfLifeDays: number, otherWeekdayWeight: number): EmpiricalSpec => ({ family: "empirical", halfLifeDays, otherWeekdayWeight });

const count = (method: CrostonMethod, weight: number): CountSpec => ({ family: "count", method, weight });

/** Whole weeks that reach past the horizon. */
const lagOf = (horizonDays: number): number => 7 * Math.ceil(horizonDays / 7);

const regression = ({ horizonDays, spanDays }: Situation, transform: TransformName, ridgeDays: number): RegressionSpec[] =>
  spanDays < REGRESSION_SPAN_DAYS_MIN
    ? []
    : [{ family: "regression", transform, lagDays: lagOf(horizonDays), yearlyOrder: spanDays >= YEARLY_SPAN_DAYS_MIN ? 2 : 0, usesRegressors: true, ridgeDays }];

/**
 * The priors to start from; yearly curves fall out by themselves where the history is too short for them. Errors of
 * neighbouring days are alike, so a few years say less of a slow curve than their number of days would: its scale is
 * a small share of what Prophet allows.
 */
const SCALES: ColumnScales = {
  weeklyScale: 0.3,
  yearlyOrder: 10,
  yearlyScale: 0.02,
  specialScale: 0.15,
  ownSpecialScale: 0.1,
  occasionScale: 0.06,
  monthlyScale: 0.01,
  regressorScale: 0.03,
  regressorByWeekdayScale: 0.015,
};

const additive = (change: Partial<AdditiveSpec> = {}): AdditiveSpec => ({
  family: "additive",
  transform: "sqrt",
  changepointScale: 0.01,
  weeklyBySeasonScale: 0.004,
  ...SCALES,
  correction: { weight: 0.12, fade: 0.97, weekdayWeight: 0.02 },
  ...change,
});

/** A level that wanders slowly and back again, and one that moves quickly and stays. Few, because each costs a Gram matrix. */
const SLOW: LevelFilter = { levelWeight: 0.06, weekdayWeight: 0.02, fade: 0.96 };
const QUICK: LevelFilter = { levelWeight: 0.2, weekdayWeight: 0.02, fade: 0.98 };
const FILTERS: readonly LevelFilter[] = [SLOW, QUICK];

const dynamic = (change: Partial<DynamicRegressionSpec> = {}): DynamicRegressionSpec => ({
  family: "dynamic-regression",
  transform: "sqrt",
  filter: SLOW,
  trendScale: 0.1,
  ...SCALES,
  ...change,
});

/** Errors followed closely, and soon forgotten. */
const CLOSE: LevelCorrection = { weight: 0.3, fade: 0.96, weekdayWeight: 0.02 };

const SURE: Record<DemandClass, (situation: Situation) => SingleSpec[]> = {
  high: (situation) => [
    additive(),
    dynamic(),
    additive({ transform: "log" }),
    dynamic({ transform: "log" }),
    smoothing("sqrt", 0.2, 0.05),
    additive({ transform: "linear" }),
    dynamic({ filter: QUICK }),
    ...regression(situation, "sqrt", 60),
    additive({ correction: CLOSE }),
    { family: "weekday-mean", weeks: 4 },
    dynamic({ transform: "log", filter: QUICK }),
    decomposed(0.2),
  ],
  medium: (situation) => [
    additive(),
    dynamic(),
    smoothing("sqrt", 0.15, 0.03),
    additive({ transform: "linear" }),
    dynamic({ transform: "log" }),
    additive({ correction: CLOSE }),
    decomposed(0.1),
    dynamic({ filter: QUICK }),
    ...regression(situation, "sqrt", 60),
    { family: "weekday-mean", weeks: 6 },
    additive({ transform: "log" }),
    dynamic({ transform: "log", filter: QUICK }),
    empirical(42, 0.1),
  ],
  low: (situation) => [
    dynamic(),
    additive({ changepointScale: 0.003 }),
    smoothing("sqrt", 0.06, 0.02),
    empirical(56, 0.2),
    dynamic({ filter: QUICK }),
    additive({ transform: "linear", changepointScale: 0.003 }),
    empirical(120, 0.1),
    smoothing("linear", 0.1, 0.02),
    { family: "weekday-mean", weeks: 8 },
    empirical(28, 0.4),
    count("teunter-syntetos-babai", 0.05),
    ...regression(situation, "sqrt", 60),
  ],
  intermittent: () => [
    empirical(56, 0.2),
    dynamic(),
    count("teunter-syntetos-babai", 0.05),
    additive({ changepointScale: 0.003 }),
    count("teunter-syntetos-babai", 0.1),
    empirical(28, 0.5),
    count("syntetos-boylan", 0.2),
    smoothing("linear", 0.06, 0.01),
    dynamic({ filter: QUICK, transform: "linear" }),
    empirical(120, 0.05),
    { family: "weekday-mean", weeks: 8 },
    additive({ transform: "linear", changepointScale: 0.003 }),
    empirical(14, 0.5),
  ],
};

/**
 * How often a class draws another way of carrying errors forward, which costs next to nothing, and how often other
 * priors; the rest is divided between the cheap families. Of steady demand a mean of many ways to follow the level is
 * worth more than priors other than the sure ones.
 */
const CORRECTION_SHARE: Record<DemandClass, number> = { high: 0.8, medium: 0.7, low: 0.3, intermittent: 0.25 };
const PRIORS_SHARE: Record<DemandClass, number> = { high: 0, medium: 0, low: 0.2, intermittent: 0.15 };

const draw = ({ demandClass, spanDays }: Situation, random: Random): SingleSpec => {
  const lot = random();
  if (spanDays >= ADDITIVE_SPAN_DAYS_MIN) {
    if (lot < CORRECTION_SHARE[demandClass]) return drawCorrection(demandClass, random);
    if (lot < CORRECTION_SHARE[demandClass] + PRIORS_SHARE[demandClass]) return random() < 0.5 ? drawAdditive(random) : drawDynamic(random);
  }
  const isCount = demandClass === "intermittent" || (demandClass === "low" && random() < 0.5);
  if (isCount && random() < 0.5) return count(pick(random, ["croston", "syntetos-boylan", "teunter-syntetos-babai", "teunter-syntetos-babai"]), pick(random, [0.03, 0.05, 0.08, 0.15]));
  if (isCount) return empirical(pick(random, [14, 21, 42, 84, 180]), pick(random, [0.05, 0.2, 0.5, 1]));
  return smoothing(pick(random, ["sqrt", "sqrt", "linear", "log"]), pick(random, [0.03, 0.06, 0.12, 0.25, 0.45]), pick(random, [0.01, 0.03, 0.1]));
};

/** One of the sure additive specs with other corrections, so that its coefficients are known already. */
const drawCorrection = (demandClass: DemandClass, random: Random): AdditiveSpec => {
  const rare = { changepointScale: 0.003 };
  const isSteady = demandClass === "high" || demandClass === "medium";
  const bases = isSteady ? [additive(), additive({ transform: "log" }), additive({ transform: "linear" })] : [additive(rare), additive({ ...rare, transform: "linear" })];
  return { ...pick(random, bases), correction: pickCorrection(random, isSteady ? STEADY_WEIGHTS : RARE_WEIGHTS) };
};

/** Of the newest error. Steady demand tells within a few days where its level is; rare demand needs weeks. */
const STEADY_WEIGHTS = [0.06, 0.12, 0.2, 0.3, 0.45] as const;
const RARE_WEIGHTS = [0.04, 0.08, 0.12, 0.2] as const;

/** What both regressions have. */
const drawScales = (random: Random) => ({
  transform: pick<TransformName>(random, ["sqrt", "sqrt", "log", "log", "linear"]),
  weeklyScale: pick(random, [0.1, 0.3]),
  yearlyOrder: pick(random, [3, 6, 10]),
  yearlyScale: pick(random, [0.01, 0.02, 0.03, 0.06]),
  specialScale: pick(random, [0.15, 0.4]),
  ownSpecialScale: pick(random, [0.1, 0.2]),
  regressorScale: pick(random, [0.01, 0.03, 0.06]),
  regressorByWeekdayScale: pick(random, [0, 0.008, 0.02]),
});

const drawAdditive = (random: Random): AdditiveSpec => ({
  ...additive(drawScales(random)),
  changepointScale: pick(random, [0.001, 0.003, 0.01, 0.03]),
  weeklyBySeasonScale: pick(random, [0, 0.003, 0.01, 0.03]),
  correction: pickCorrection(random, RARE_WEIGHTS),
});

const pickCorrection = (random: Random, weights: readonly number[]): LevelCorrection => ({
  weight: pick(random, weights),
  fade: pick(random, [0.9, 0.96, 0.99]),
  weekdayWeight: pick(random, [0, 0.02, 0.04]),
});

const drawDynamic = (random: Random): DynamicRegressionSpec => ({
  ...dynamic(drawScales(random)),
  filter: pick(random, FILTERS),
  trendScale: pick(random, [0.03, 0.1, 0.5]),
});
