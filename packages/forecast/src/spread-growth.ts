/* oxlint-disable typescript/no-non-null-assertion -- all loops run over the n days they are given */
/**
 * How errors grow with what is forecast. A root or a logarithm evens out the most of it, for a typical product; how much is
 * left, or was taken too much, each product's past says: a line through the size of its errors over what was expected of
 * their days (a Glejser regression; Glejser 1969). Without it a Monday in January is told with the errors of a Saturday in July.
 */
import { mean } from "./vector.js";

/** The spread of errors at `center` is 1, and changes by `slope` for each unit that is expected beyond it, in the model's scale. */
export type SpreadGrowth = { readonly center: number; readonly slope: number };

/** However far a forecast lies from what was seen, its errors are no smaller or larger than so many times theirs. */
const SPREAD_MIN = 0.5;
const SPREAD_MAX = 2;
/** An error counts up to so many times the mean absolute one: a till's slip does not bend the line. */
const SIZE_MAX = 3;
/**
 * The line is drawn towards a flat one, the more the less the expected demand has varied: as by days whose squared
 * departures add up to so many times the squared mean.
 */
const FLAT_SQUARES = 1.14;

export const spreadAt = ({ center, slope }: SpreadGrowth, expected: number): number => Math.min(SPREAD_MAX, Math.max(SPREAD_MIN, 1 + slope * (expected - center)));

/** @param expected of each day, in the model's scale, shape (n) @param innovations what of its demand was not expected, shape (n) */
export const growthOf = (expected: Float64Array, innovations: Float64Array): SpreadGrowth => {
  const n = innovations.length;
  const center = mean(expected);
  let sizes = 0;
  for (let i = 0; i < n; i += 1) sizes += Math.abs(innovations[i]!);
  const sizeMax = (SIZE_MAX * sizes) / n;
  let squares = FLAT_SQUARES * center * center;
  let products = 0;
  let total = 0;
  for (let i = 0; i < n; i += 1) {
    const departure = expected[i]! - center;
    const size = Math.min(sizeMax, Math.abs(innovations[i]!));
    squares += departure * departure;
    products += departure * size;
    total += size;
  }
  return { center, slope: total > 0 && squares > 0 ? (products / squares / total) * n : 0 };
};
