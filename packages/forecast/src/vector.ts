/* oxlint-disable typescript/no-non-null-assertion -- every index below is bounded by the length of the array it reads */
/** Sums and quantiles of plain number arrays. */

export type Numbers = ArrayLike<number>;

export const sum = (x: Numbers): number => {
  let total = 0;
  for (let i = 0; i < x.length; i += 1) total += x[i]!;
  return total;
};

export const sumOfSquares = (x: Numbers): number => {
  let total = 0;
  for (let i = 0; i < x.length; i += 1) total += x[i]! * x[i]!;
  return total;
};

/** 0 for an empty array, so that a series without open days has a level of zero. */
export const mean = (x: Numbers): number => (x.length === 0 ? 0 : sum(x) / x.length);

export const largest = (x: Numbers): number => {
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < x.length; i += 1) if (x[i]! > most) most = x[i]!;
  return most;
};

/** Root mean squared deviation from the mean. */
export const spread = (x: Numbers): number => {
  const center = mean(x);
  let squares = 0;
  for (let i = 0; i < x.length; i += 1) squares += (x[i]! - center) ** 2;
  return x.length === 0 ? 0 : Math.sqrt(squares / x.length);
};

/**
 * Quantile of a sorted sample by linear interpolation between order statistics (Hyndman & Fan 1996, type 7).
 * @param sorted ascending, at least one value
 */
export const quantileOfSorted = (sorted: Numbers, level: number): number => {
  const position = level * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (position - below) * (sorted[above]! - sorted[below]!);
};

/**
 * Quantiles of a weighted sample: the smallest value whose cumulative weight reaches the level.
 * @param values shape (n), n ≥ 1 @param weights shape (n), not all zero @param levels ascending, shape (q)
 * @returns shape (q), ascending
 */
export const weightedQuantiles = (values: Numbers, weights: Numbers, levels: readonly number[]): Float64Array => {
  const order = Array.from({ length: values.length }, (_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const total = sum(weights);
  const result = new Float64Array(levels.length);
  let cumulative = 0;
  let next = 0;
  for (const i of order) {
    cumulative += weights[i]!;
    while (next < levels.length && cumulative >= levels[next]! * total) {
      result[next] = values[i]!;
      next += 1;
    }
  }
  result.fill(values[order.at(-1)!]!, next);
  return result;
};
