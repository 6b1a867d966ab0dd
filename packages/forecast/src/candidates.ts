/**
 * Which specs a demand class tries. The floor comes first, then a few settings that are good nearly everywhere, then
 * draws around them: with few trials the sure ones are tried, with many the search widens.
 */
import type { DemandClass } from "./demand-class.js";
import { YEARLY_SPAN_DAYS_MIN } from "./design.js";
import type { Random } from "./random.js";
import { pick } from "./random.js";
import type { AdditiveSpec, EmpiricalSpec, RegressionSpec, SingleSpec, SmoothingSpec } from "./spec.js";
import type { TransformName } from "./transform.js";

export type Situation = {
  readonly demandClass: DemandClass;
  readonly horizonDays: number;
  /** From the first open day to the last. */
  readonly spanDays: number;
};

/** Days of history from which the additive model has enough to tell its parts apart. */
const ADDITIVE_SPAN_DAYS_MIN = 42;

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

const empirical = (halfLifeDays: number, otherWeekdayWeight: number): EmpiricalSpec => ({ family: "empirical", halfLifeDays, otherWeekdayWeight });

/** Whole weeks that reach past the horizon. */
const lagOf = (horizonDays: number): number => 7 * Math.ceil(horizonDays / 7);

const regression = ({ horizonDays, spanDays }: Situation, transform: TransformName, usesRegressors: boolean): RegressionSpec => ({
  family: "regression",
  transform,
  lagDays: lagOf(horizonDays),
  yearlyOrder: spanDays >= YEARLY_SPAN_DAYS_MIN ? 2 : 0,
  usesRegressors,
  ridgeDays: 20,
});

/** The setting to start from; yearly curves fall out by themselves where the history is too short for them. */
const additive = (change: Partial<AdditiveSpec> = {}): AdditiveSpec => ({
  family: "additive",
  transform: "sqrt",
  changepointScale: 0.03,
  weeklyScale: 0.3,
  weeklyBySeasonScale: 0.05,
  yearlyOrder: 6,
  yearlyScale: 0.15,
  specialScale: 0.15,
  ownSpecialScale: 0.1,
  regressorScale: 0.05,
  correction: { weight: 0.15, fade: 0.98 },
  ...change,
});

const SURE: Record<DemandClass, (situation: Situation) => SingleSpec[]> = {
  high: (situation) => [
    additive(),
    smoothing("sqrt", 0.2, 0.05),
    additive({ transform: "log" }),
    additive({ transform: "linear" }),
    regression(situation, "sqrt", true),
    smoothing("linear", 0.1, 0.03),
    { family: "weekday-mean", weeks: 4 },
    additive({ changepointScale: 0.005, correction: { weight: 0.25, fade: 0.99 } }),
    smoothing("log", 0.35, 0.05),
    additive({ yearlyScale: 0.5, changepointScale: 0.05 }),
    regression(situation, "log", false),
  ],
  medium: (situation) => [
    additive(),
    smoothing("sqrt", 0.15, 0.03),
    additive({ transform: "linear" }),
    additive({ changepointScale: 0.005 }),
    smoothing("linear", 0.08, 0.03),
    regression(situation, "sqrt", true),
    { family: "weekday-mean", weeks: 6 },
    additive({ transform: "log" }),
    empirical(42, 0.1),
  ],
  low: (situation) => [
    smoothing("sqrt", 0.06, 0.02),
    additive({ changepointScale: 0.005, weeklyScale: 0.1 }),
    empirical(56, 0.2),
    smoothing("linear", 0.1, 0.02),
    additive({ transform: "linear", changepointScale: 0.005 }),
    { family: "weekday-mean", weeks: 8 },
    empirical(28, 0.4),
    regression(situation, "sqrt", false),
  ],
  intermittent: () => [
    empirical(56, 0.2),
    empirical(28, 0.5),
    smoothing("linear", 0.06, 0.01),
    empirical(120, 0.3),
    additive({ transform: "sqrt", changepointScale: 0.005 }),
    { family: "weekday-mean", weeks: 8 },
    additive({ transform: "linear", changepointScale: 0.01 }),
    empirical(14, 0.5),
  ],
};

/** How often a class draws an additive model; the rest is divided between the cheap families. */
const ADDITIVE_SHARE: Record<DemandClass, number> = { high: 0.75, medium: 0.7, low: 0.5, intermittent: 0.4 };

const draw = ({ demandClass, spanDays }: Situation, random: Random): SingleSpec => {
  const isAdditive = random() < ADDITIVE_SHARE[demandClass] && spanDays >= ADDITIVE_SPAN_DAYS_MIN;
  if (isAdditive) return drawAdditive(random);
  const isCount = demandClass === "intermittent" || (demandClass === "low" && random() < 0.5);
  if (isCount) return empirical(pick(random, [14, 21, 42, 84, 180]), pick(random, [0.05, 0.2, 0.5, 1]));
  return smoothing(pick(random, ["sqrt", "sqrt", "linear", "log"]), pick(random, [0.03, 0.06, 0.12, 0.25, 0.45]), pick(random, [0.01, 0.03, 0.1]));
};

const drawAdditive = (random: Random): AdditiveSpec => ({
  family: "additive",
  transform: pick(random, ["sqrt", "sqrt", "sqrt", "log", "linear"]),
  changepointScale: pick(random, [0.002, 0.01, 0.03, 0.1]),
  weeklyScale: pick(random, [0.1, 0.3, 1]),
  weeklyBySeasonScale: pick(random, [0, 0.02, 0.05, 0.15]),
  yearlyOrder: pick(random, [2, 4, 6, 10]),
  yearlyScale: pick(random, [0.05, 0.1, 0.2, 0.5]),
  specialScale: pick(random, [0.05, 0.15, 0.4]),
  ownSpecialScale: pick(random, [0, 0.05, 0.15]),
  regressorScale: pick(random, [0, 0.02, 0.05, 0.15]),
  correction: { weight: pick(random, [0.05, 0.1, 0.15, 0.25]), fade: pick(random, [0.95, 0.98, 0.995]) },
});
