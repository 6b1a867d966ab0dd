/**
 * Where what happened fell within the forecast of it, as a draw of a standard normal: 0 is the median, 1.28 the upper end
 * of the 80 % interval. Errors of a loaf and of a cake, of a Tuesday and of a Saturday, come to one scale by it.
 *
 * A whole number stands for the units around it, and a day that sold out for everything from its sales on: the score is the
 * mean of the normal over that stretch. So it is 0 on average for honest forecasts, of counts and of censored days too
 * (probability integral transform, Dawid 1984; for counts as its mean, after Smith 1985).
 */
import { normalDistribution, normalQuantile } from "./normal.js";

/** A forecast of one day. */
export type DayQuantiles = {
  /** In (0, 1), ascending, with 0.5 among them. */
  readonly levels: readonly number[];
  /** The quantile of each level, ascending, never negative. */
  readonly values: readonly number[];
};

/** Beyond so many standard deviations one day says nothing more: a till's slip must not pass for a new habit. */
const SCORE_MAX = 3;
/** A stretch of the normal below which it is a point. */
const POINT = 1e-6;

/** @param isSoldOut demand was at least `actual` @returns in [−3, 3] */
export const normalScore = ({ levels, values }: DayQuantiles, actual: number, isSoldOut: boolean): number => {
  const scores = levels.map(normalQuantile);
  const reach = Number.isInteger(actual) ? 0.5 : 0;
  const low = actual - reach < 0 ? -SCORE_MAX : scoreAt(values, scores, actual - reach);
  const high = isSoldOut ? SCORE_MAX : scoreAt(values, scores, actual + reach);
  const share = normalDistribution(high) - normalDistribution(low);
  return share < POINT ? (low + high) / 2 : clamped((density(low) - density(high)) / share);
};

/** On the line through the quantiles over their normal scores; beyond the outermost it goes on as it went from the median. */
const scoreAt = (values: readonly number[], scores: readonly number[], value: number): number => {
  const below = values.findLastIndex((each) => each < value);
  const above = values.findIndex((each) => each > value);
  const [first = 0, last = 0] = [values[0], values.at(-1)];
  if (below < 0 && value < first) return clamped(beyond(values, scores, 0, value));
  if (above < 0 && value > last) return clamped(beyond(values, scores, values.length - 1, value));
  const equal = values.flatMap((each, i) => (each === value ? [scores[i] ?? 0] : []));
  if (equal.length > 0) return ((equal[0] ?? 0) + (equal.at(-1) ?? 0)) / 2;
  const share = (value - (values[below] ?? 0)) / ((values[above] ?? 0) - (values[below] ?? 0));
  return (scores[below] ?? 0) + share * ((scores[above] ?? 0) - (scores[below] ?? 0));
};

const beyond = (values: readonly number[], scores: readonly number[], outermost: number, value: number): number => {
  const middle = scores.findIndex((score) => score > -POINT);
  const [score = 0, from = 0] = [scores[outermost], values[outermost]];
  const perScore = (from - (values[middle] ?? from)) / score;
  return perScore > 0 ? score + (value - from) / perScore : Math.sign(value - from) * SCORE_MAX;
};

const clamped = (score: number): number => Math.max(-SCORE_MAX, Math.min(SCORE_MAX, score));

const density = (score: number): number => (Math.abs(score) >= SCORE_MAX ? 0 : Math.exp((-score * score) / 2) / Math.sqrt(2 * Math.PI));
