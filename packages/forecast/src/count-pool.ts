/* oxlint-disable typescript/no-non-null-assertion -- outlooks are of one shape, over whose days and levels the loops run */
/**
 * Members' opinions about a demand of a few units a day, as one. The mean of their quantiles would say 1.4 where each of
 * them says one or two; pooled are instead the probabilities that they give to each count (linear opinion pool; Stone 1961),
 * so that every quantile is a number that can be sold, and what members disagree about widens by itself. Members that think
 * of demand as continuous are taken for a negative binomial count of the same mean and variance first.
 */
import { countQuantiles } from "./negative-binomial.js";
import type { Outlook } from "./outlook.js";
import { emptyRows, LEVELS } from "./outlook.js";
import { weightedQuantiles } from "./vector.js";

/** The share of a distribution that each level stands for: half of the way to its neighbours on either side, the outermost with all beyond. */
const SHARES: readonly number[] = LEVELS.map((level, i) => ((LEVELS[i + 1] ?? 2 - level) - (LEVELS[i - 1] ?? -level)) / 2);

/** The outermost levels stand for all beyond them, where the rest of the variance lies: on development cases this was better than none. */
const TAIL_VARIANCE = 1.1;
/** Units a day: of less than this no share of variance can be told. */
const RATE_MIN = 0.003;
/** In units: what two roundings may differ by. */
const TOLERANCE = 1e-9;

/**
 * @param outlooks at least one, all of the same shape @param weights one each, summing to 1
 * @param unit what the product is counted in @returns multiples of it, ascending along the levels
 */
export const poolCounts = (outlooks: readonly Outlook[], weights: readonly number[], unit: number): Outlook => {
  const pooled = emptyRows(LEVELS.length, outlooks[0]?.[0]?.length ?? 0);
  const shares = Float64Array.from({ length: outlooks.length * LEVELS.length }, (_, i) => weights[Math.floor(i / LEVELS.length)]! * SHARES[i % LEVELS.length]!);
  const counts = new Float64Array(shares.length);
  for (let day = 0; day < pooled[0]!.length; day += 1) {
    for (const [m, outlook] of outlooks.entries()) counts.set(countsOf(outlook.map((row) => row[day]! / unit)), m * LEVELS.length);
    for (const [level, count] of weightedQuantiles(counts, shares, LEVELS).entries()) pooled[level]![day] = count * unit;
  }
  return pooled;
};

/** @param quantiles in units, shape (levels) @returns those of a count of the same mean and variance; whole ones as they are */
const countsOf = (quantiles: readonly number[]): readonly number[] => {
  const whole = quantiles.map(Math.round);
  if (quantiles.every((quantile, i) => Math.abs(quantile - whole[i]!) <= TOLERANCE * Math.max(1, quantile))) return whole;
  let mean = 0;
  let squares = 0;
  for (const [i, quantile] of quantiles.entries()) {
    mean += SHARES[i]! * quantile;
    squares += SHARES[i]! * quantile * quantile;
  }
  const variance = TAIL_VARIANCE * (squares - mean * mean);
  const rate = Math.max(RATE_MIN, mean);
  return countQuantiles(rate, Math.max(0, variance - rate) / (rate * rate), LEVELS);
};
