/* oxlint-disable typescript/no-non-null-assertion -- all arrays have one value per open day */
/**
 * Days that nobody can learn from: a lost day booked on the next, an order for a wedding. What a day sold beyond a wide
 * band around what was expected of it is pulled back to the edge of the band (winsorised residuals; Huber 1981, ch. 7),
 * so that one day moves no coefficient and no level far.
 */
import { ascending } from "./sorting.js";

/** Open days below which an odd day cannot be told from an ordinary one. */
const USUAL_DAYS_MIN = 56;
/** Half the width of the band, in standard deviations as the middle half of the days tells them. */
const DEVIATIONS_MAX = 5;
/** Of a normal distribution: standard deviations per median absolute deviation. */
const DEVIATIONS_PER_MEDIAN = 1.4826;

/** @param z demand @param surprises what of it was not expected, shape (n) each @returns shape (n); `z` itself when no day is odd */
export const pullIn = (z: Float64Array, surprises: Float64Array): Float64Array => {
  if (z.length < USUAL_DAYS_MIN) return z;
  const sizes = new Float64Array(surprises.length);
  for (let i = 0; i < sizes.length; i += 1) sizes[i] = Math.abs(surprises[i]!);
  const sorted = ascending(sizes);
  const band = DEVIATIONS_MAX * DEVIATIONS_PER_MEDIAN * (sorted[sorted.length >> 1] ?? 0);
  if (!(band > 0) || sorted.at(-1)! <= band) return z;
  return z.map((value, i) => value - Math.sign(surprises[i]!) * Math.max(0, sizes[i]! - band));
};
