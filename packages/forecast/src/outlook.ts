/* oxlint-disable typescript/no-non-null-assertion -- loops run over the days of the centres they are given */
/** A forecast as whole distributions: one set of quantiles per day, on levels that every family shares. */
import { ascending } from "./sorting.js";
import type { Transform } from "./transform.js";
import { fromScale } from "./transform.js";
import { quantileOfSorted } from "./vector.js";

/** Levels of the quantiles that models are fitted, combined and judged on; others are interpolated. */
export const LEVELS: readonly number[] = [
  0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.975, 0.99,
];

export const MEDIAN_INDEX = LEVELS.indexOf(0.5);

/** Shape (levels, days): `outlook[i][j]` is quantile `LEVELS[i]` of day j, ascending along i, in the series' unit. */
export type Outlook = readonly Float64Array[];

/** Residuals as quantiles on `LEVELS`. @param residuals any order, shape (n) @returns zeros when n = 0 */
export const residualQuantiles = (residuals: Float64Array): number[] => {
  if (residuals.length === 0) return LEVELS.map(() => 0);
  const sorted = ascending(residuals);
  return LEVELS.map((level) => quantileOfSorted(sorted, level));
};

/** Rows of zeros, shape (count, days), in one stretch of memory: dozens of arrays of a fortnight would cost more than what is written to them. */
export const emptyRows = (count: number, days: number): Float64Array[] => {
  const all = new Float64Array(count * days);
  return Array.from({ length: count }, (_, row) => all.subarray(row * days, (row + 1) * days));
};

/** The distribution around a centre: centre and residuals live in the model's scale, the outlook in the series' unit. */
export const outlookAround = (centers: Float64Array, residuals: readonly number[], transform: Transform): Outlook => {
  const rows = emptyRows(residuals.length, centers.length);
  for (const [level, row] of rows.entries()) {
    const residual = residuals[level] ?? Number.NaN;
    for (let day = 0; day < row.length; day += 1) row[day] = fromScale(transform, centers[day]! + residual);
  }
  return rows;
};

/** Quantile at any level, shape (days): between two levels linear, beyond the outermost their value. */
export const quantileAt = (outlook: Outlook, level: number): Float64Array => {
  const above = LEVELS.findIndex((known) => known >= level);
  const upper = outlook[above < 0 ? LEVELS.length - 1 : above] ?? new Float64Array();
  const levelAbove = LEVELS[above];
  const levelBelow = LEVELS[above - 1];
  const lower = outlook[above - 1];
  if (levelAbove === undefined || levelBelow === undefined || lower === undefined) return upper.slice();
  const share = (level - levelBelow) / (levelAbove - levelBelow);
  return upper.map((high, day) => {
    const low = lower[day] ?? high;
    return low + share * (high - low);
  });
};

export const isFiniteOutlook = (outlook: Outlook): boolean => {
  for (const row of outlook) for (let day = 0; day < row.length; day += 1) if (!Number.isFinite(row[day])) return false;
  return true;
};
