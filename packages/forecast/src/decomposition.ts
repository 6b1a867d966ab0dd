/* oxlint-disable typescript/no-non-null-assertion -- all arrays have one value per open day; weekdays are 0 to 6 */
/**
 * A series of open days as a course that changes slowly, a week that changes slowly too, and the rest (STL; Cleveland,
 * Cleveland, McRae & Terpenning 1990, with local means for its loess). Both are told from the days on either side.
 */
import { dot } from "./additive/solve.js";
import { mean, sum } from "./vector.js";

export type Decomposition = {
  /** Shape (n). */
  readonly course: Float64Array;
  /** What of each day is its weekday's, shape (n). */
  readonly week: Float64Array;
};

export type Reach = { readonly weeks: number; readonly days: number };

/** Rounds between week and course: STL's inner loop; the third changes nothing any more. */
const ROUNDS = 2;

/** @param z values of the open days, shape (n) @param weekdays theirs, 0 = Monday @param reach how far to either side is looked: weeks for a weekday's departure, open days for the course */
export const decompose = (z: Float64Array, weekdays: Int32Array, { weeks, days }: Reach): Decomposition => {
  let course: Float64Array = new Float64Array(z.length).fill(mean(z));
  let week: Float64Array = new Float64Array(z.length);
  for (let round = 0; round < ROUNDS; round += 1) {
    week = alongWeeks(less(z, course), weekdays, weeks);
    course = smoothed(less(z, week), days);
  }
  return { course, week };
};

const less = (values: Float64Array, taken: Float64Array): Float64Array => {
  const rest = new Float64Array(values.length);
  for (let i = 0; i < rest.length; i += 1) rest[i] = values[i]! - taken[i]!;
  return rest;
};

/** Each weekday's values smoothed along its own weeks. */
const alongWeeks = (values: Float64Array, weekdays: Int32Array, weeks: number): Float64Array => {
  const result = new Float64Array(values.length);
  const rows = new Int32Array(values.length);
  for (let weekday = 0; weekday < 7; weekday += 1) {
    let count = 0;
    for (let row = 0; row < values.length; row += 1) {
      if (weekdays[row] !== weekday) continue;
      rows[count] = row;
      count += 1;
    }
    const own = new Float64Array(count);
    for (let i = 0; i < count; i += 1) own[i] = values[rows[i]!]!;
    const course = smoothed(own, weeks);
    for (let i = 0; i < count; i += 1) result[rows[i]!] = course[i]!;
  }
  return result;
};

/** Local means with tricube weights that end `reach` places away (loess of degree zero; Cleveland 1979). */
const smoothed = (values: Float64Array, reach: number): Float64Array => {
  const n = values.length;
  const weights = new Float64Array(2 * reach + 1);
  for (let j = 0; j < weights.length; j += 1) weights[j] = (1 - (Math.abs(j - reach) / (reach + 1)) ** 3) ** 3;
  const whole = sum(weights);
  const result = new Float64Array(n);
  for (let i = 0; i < n; i += 1) {
    const [from, until] = [Math.max(0, i - reach), Math.min(n, i + reach + 1)];
    const total = dot(weights, from - i + reach, values, from, until - from);
    result[i] = total / (until - from === weights.length ? whole : sum(weights.subarray(from - i + reach, until - i + reach)));
  }
  return result;
};
