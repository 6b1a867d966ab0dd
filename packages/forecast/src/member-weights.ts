/**
 * How much each member of a combination counts. A mean of several forecasts, weighted by what the back-test says of each,
 * is seldom best and never far off. Weights fall with a power of the loss, so that equals stay equal and only the clearly
 * worse are left out; with few back-test days the power is small, because a few days flatter by chance
 * (Bates & Granger 1969; Stock & Watson 2004 on weights drawn towards equal ones).
 */
import type { DemandClass } from "./demand-class.js";
import type { Family } from "./spec.js";
import { quantileOfSorted, sum } from "./vector.js";

const equal = (count: number): number[] => Array.from({ length: count }, () => 1 / count);

/** The weight of each member. */
export const weightsOf = ({ members, weights }: { readonly members: readonly unknown[]; readonly weights?: readonly number[] }): readonly number[] => weights ?? equal(members.length);

/** A member to be weighed: its family, and its loss in the back-test. */
export type Weighable = { readonly spec: { readonly family: Exclude<Family, "combination"> }; readonly loss: number };

/**
 * Back-tests of many days weigh by this power of the loss. Steady demand is described about as well by every member, and
 * what sets them apart in a few weeks is luck; where demand is rare some members miss its kind altogether.
 */
const POWER: Record<DemandClass, number> = { high: 3, medium: 3, low: 6, intermittent: 12 };
/** Back-test days at which the power is half of that. */
const HALF_POWER_DAYS = 20;
/** Share of the trials whose loss is the yardstick for the others. */
const YARDSTICK = 1 / 3;
/** Share of the yardstick added to every loss: with next to no loss, equals would otherwise be worlds apart. */
const LOSS_FLOOR_SHARE = 0.02;

/**
 * What a family is worth before the back-test speaks. The models that know the calendar and the drivers are good nearly
 * everywhere; the simple ones look good on a quiet fortnight and miss the next holiday.
 */
type Worth = Readonly<Record<Exclude<Family, "combination">, number>>;
const WORTH: Worth = {
  additive: 1,
  "dynamic-regression": 1,
  empirical: 0.1,
  count: 0.2,
  regression: 0.02,
  smoothing: 0.02,
  "decomposed-smoothing": 0.02,
  "weekday-mean": 0.02,
  "seasonal-naive": 0.001,
};

/** Of steady demand the regression learns habits of the last year that no other family sees; of rare demand past days show best how often there is none. */
const WORTH_OF: Record<DemandClass, Worth> = {
  high: { ...WORTH, regression: 3 },
  medium: { ...WORTH, regression: 3 },
  low: { ...WORTH, empirical: 0.2 },
  intermittent: { ...WORTH, empirical: 0.4 },
};

/** The weights of members, not yet summing to 1. @param backtestDays days that the losses are sums over */
export const weigh = (members: readonly Weighable[], backtestDays: number, demandClass: DemandClass): number[] => {
  const worth = WORTH_OF[demandClass];
  const losses = members.map(({ loss }) => loss).toSorted((a, b) => a - b);
  const yardstick = losses.length === 0 ? 0 : quantileOfSorted(losses, YARDSTICK);
  const power = (POWER[demandClass] * backtestDays) / (backtestDays + HALF_POWER_DAYS);
  return members.map(({ spec, loss }) => worth[spec.family] * (yardstick > 0 ? ((1 + LOSS_FLOOR_SHARE) * yardstick) / (loss + LOSS_FLOOR_SHARE * yardstick) : 1) ** power);
};

/** The same weights summing to 1. */
export const normalised = (weights: readonly number[]): number[] => {
  const total = sum(weights);
  return weights.map((weight) => weight / total);
};
