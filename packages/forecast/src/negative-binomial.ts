/**
 * Quantiles of a count: the smallest whole number that demand does not exceed with the probability asked for. Negative
 * binomial, because demand of small products scatters more than a Poisson count (Snyder, Ord & Beaumont 2012).
 */

/** Beyond so many standard deviations nothing is left to find. */
const REACH = 40;

/**
 * @param mean ≥ 0 @param overdispersion ≥ 0: the variance is mean + overdispersion · mean²; 0 = Poisson
 * @param levels ascending, in (0, 1), shape (q) @returns whole numbers, ascending, shape (q)
 */
export const countQuantiles = (mean: number, overdispersion: number, levels: readonly number[]): number[] => {
  const most = Math.ceil(mean + REACH * Math.sqrt(mean + overdispersion * mean * mean)) + REACH;
  let count = 0;
  let probability = probabilityOfNone(mean, overdispersion);
  let cumulative = probability;
  return levels.map((level) => {
    while (cumulative < level && count < most) {
      probability *= ((1 + overdispersion * count) * mean) / ((count + 1) * (1 + overdispersion * mean));
      count += 1;
      cumulative += probability;
    }
    return count;
  });
};

const probabilityOfNone = (mean: number, overdispersion: number): number =>
  overdispersion > 0 ? Math.exp(-Math.log1p(overdispersion * mean) / overdispersion) : Math.exp(-mean);
