/* oxlint-disable typescript/no-non-null-assertion -- there is one weight per open day */
/**
 * Days that count less the longer they are past (discounted least squares; Brown 1963). A day of weight w says as much
 * as w days: its row counts w times in all sums, and the number of observations is the sum of the weights.
 */
import type { History } from "../history.js";
import type { TransformName } from "../transform.js";
import { sum } from "../vector.js";
import type { Columns } from "./gram.js";
import { gramOf, momentsOf } from "./gram.js";
import type { Statistics } from "./map-fit.js";

/** Of each open day, 1 for the last one, shape (n). */
export const recencyOf = ({ open: { days } }: History, halfLifeDays: number): Float64Array => {
  const last = days.at(-1) ?? 0;
  const weights = new Float64Array(days.length);
  for (let i = 0; i < weights.length; i += 1) weights[i] = 0.5 ** ((last - days[i]!) / halfLifeDays);
  return weights;
};

/** The sufficient statistics of all columns of the design; those of the matrix are shared by all specs of one half-life. */
export const discounted = (history: History, transform: TransformName, halfLifeDays: number): Statistics => {
  const { matrix } = history.design();
  const { z } = history.target(transform);
  const { weights, gram } = history.shared(`recency of ${halfLifeDays} days`, () => {
    const of = recencyOf(history, halfLifeDays);
    return { weights: of, gram: gramOf(scaledRows(matrix, of.map(Math.sqrt))) };
  });
  const weighted = z.map((value, i) => value * weights[i]!);
  return { n: sum(weights), k: matrix.k, gram, moments: momentsOf(matrix, weighted), squares: weighted.reduce((total, value, i) => total + value * z[i]!, 0) };
};

const scaledRows = ({ n, k, values }: Columns, factors: Float64Array): Columns => {
  const scaled = new Float64Array(n * k);
  for (let j = 0; j < k; j += 1) for (let i = 0; i < n; i += 1) scaled[j * n + i] = values[j * n + i]! * factors[i]!;
  return { n, k, values: scaled };
};
