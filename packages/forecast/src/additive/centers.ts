/* oxlint-disable typescript/no-non-null-assertion -- there is one coefficient and one role per column, and one row per day */
/** What the columns of the additive model come to on each day: trend · (1 + shares) + sums (Taylor & Letham 2018). */
import type { Columns } from "./gram.js";
import { combineColumns } from "./gram.js";

/** `trend` is added to the trend, `share` is a share of the trend, `sum` is added beside it. */
export type Role = "trend" | "share" | "sum";

export type Weighted = {
  /** Numbers of the design's columns used, and their coefficients in the model's scale. */
  readonly kept: readonly number[];
  readonly beta: readonly number[];
  /** Of each kept column; absent where none is a share, so that all are sums. */
  readonly roles?: readonly Role[];
};

/** Of the last `rows` days. @param matrix the design of the days, shape (n, columns) @returns shape (rows) */
export const centersOf = (matrix: Columns, { kept, beta, roles }: Weighted, rows = matrix.n): Float64Array => {
  if (roles === undefined) return combineColumns(matrix, kept, beta, rows);
  const [trend, shares, sums] = (["trend", "share", "sum"] as const).map((role) => {
    const places = kept.flatMap((_, i) => (roles[i] === role ? [i] : []));
    return combineColumns(matrix, places.map((i) => kept[i]!), places.map((i) => beta[i]!), rows);
  });
  return trend!.map((value, i) => value * (1 + shares![i]!) + sums![i]!);
};

/** What one unit of each column is worth on one day, in the model's scale: shares are worth the more the higher the trend. */
export const worthOn = ({ n, values }: Columns, { kept, beta, roles }: Weighted, row: number): readonly number[] => {
  if (roles === undefined) return beta;
  const trend = kept.reduce((total, column, i) => (roles[i] === "trend" ? total + values[column * n + row]! * beta[i]! : total), 0);
  return beta.map((value, i) => (roles[i] === "share" ? value * trend : value));
};
