/** The standard normal distribution, to seven digits: enough for draws. */

/** P(Z ≤ x), by Zelen & Severo's rational approximation (Abramowitz & Stegun 1964, 26.2.17). */
export const normalDistribution = (x: number): number => {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const polynomial = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * polynomial;
  return x >= 0 ? 1 - tail : tail;
};

/** Widest quantile that is told: beyond it the approximation of the distribution has no digits left. */
const FURTHEST = 6;

/** The inverse, by bisection. @param level in [0, 1] @returns in [−6, 6] */
export const normalQuantile = (level: number): number => {
  let [low, high] = [-FURTHEST, FURTHEST];
  while (high - low > 1e-7) {
    const middle = (low + high) / 2;
    if (normalDistribution(middle) < level) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
};
