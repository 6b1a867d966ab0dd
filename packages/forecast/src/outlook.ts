/* oxlint-disable typescript/no-non-null-assertion -- loops run over the days of the centres they are given */
/** A forecast as whole distributions: one set of quantiles per day, on levels that every family shares. */
import { ascending } from "./sorting.js";
import { growthOf, spreadAt, type SpreadGrowth } from "./spread-growth.js";
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

/**
 * What a model did not foresee on the last days, as quantiles at a spread of 1, and how the spread grows.
 * @param z demand in the model's scale, shape (n) @param innovations what of it was not expected, shape (n) @param days how many of the last ones to look at
 */
export const scatterOf = (z: Float64Array, innovations: Float64Array, days: number): { readonly residuals: readonly number[]; readonly growth: SpreadGrowth } => {
  const latest = innovations.slice(-days);
  const expected = z.slice(-days);
  for (let i = 0; i < latest.length; i += 1) expected[i] = expected[i]! - latest[i]!;
  const growth = growthOf(expected, latest);
  for (let i = 0; i < latest.length; i += 1) latest[i] = latest[i]! / spreadAt(growth, expected[i]!);
  return { residuals: residualQuantiles(latest), growth };
};

/**
 * The distribution around a centre: centre and residuals live in the model's scale, the outlook in the series' unit.
 * @param growth of the residuals' spread about their median with the centre; the same everywhere when absent
 */
export const outlookAround = (centers: Float64Array, residuals: readonly number[], transform: Transform, growth?: SpreadGrowth): Outlook => {
  const rows = emptyRows(residuals.length, centers.length);
  for (let day = 0; day < centers.length; day += 1) {
    const spread = growth === undefined ? 1 : spreadAt(growth, centers[day]!);
    const middle = centers[day]! + (1 - spread) * residuals[MEDIAN_INDEX]!;
    for (let level = 0; level < rows.length; level += 1) rows[level]![day] = fromScale(transform, middle + spread * residuals[level]!);
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
