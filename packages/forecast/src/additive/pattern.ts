/* oxlint-disable typescript/no-non-null-assertion -- rows and columns are those of the design; checks would double the time of its loops */
/** The columns of a design by how they are multiplied: what is weekly, what bends, what is zero nearly everywhere. */
import type { Column } from "../design.js";
import type { EpochDay } from "../series.js";
import { weekdayOf } from "../series.js";
import type { Columns } from "./gram.js";

/** Share of days up to which it pays to visit only the rows where a column is not zero. */
const SPARSE_SHARE_MAX = 1 / 8;
export const WEEKDAYS = 7;

/** Groups whose columns follow a pattern, or, as level, trend and year, are needed by those that do. */
const PATTERNED: ReadonlySet<Column["group"]> = new Set(["level", "trend", "changepoint", "weekly", "yearly", "weekly-by-season"]);

export type WeeklyColumn = { readonly at: number; /** Value per weekday, Monday first. */ readonly table: Float64Array; /** Which of the factors it multiplies. */ readonly factor: number };
export type Bend = { readonly at: number; /** First row after it. */ readonly from: number; /** In the trend column's unit. */ readonly time: number };
export type SparseColumn = { readonly at: number; readonly rows: readonly number[] };

/** The columns of a design by how they are multiplied. */
export type Pattern = {
  readonly used: readonly number[];
  /** Of each row, Monday first, and the rows of each. */
  readonly weekdays: Uint8Array;
  readonly byWeekday: readonly Int32Array[];
  readonly level: number;
  readonly trend: number;
  /** What weekly columns may multiply: the level and, where there is a yearly curve, its first harmonic, sine and cosine. */
  readonly factors: readonly number[];
  /** Sine and cosine in turn, from the first harmonic on. */
  readonly yearly: readonly number[];
  /** Of no pattern. */
  readonly others: readonly number[];
  readonly weekly: readonly WeeklyColumn[];
  /** In the order of their days. */
  readonly bends: readonly Bend[];
  readonly sparse: readonly SparseColumn[];
};

/**
 * @param columns of a design, as `columnsOf` lists them @param days its rows
 * @param used numbers of the columns whose products are asked for
 */
export const patternOf = (columns: readonly Column[], days: ArrayLike<EpochDay>, matrix: Columns, used: readonly number[]): Pattern => {
  const isUsed = new Uint8Array(columns.length);
  for (const at of used) isUsed[at] = 1;
  const inGroup = (group: Column["group"]): readonly number[] => {
    const members: number[] = [];
    for (let at = 0; at < columns.length; at += 1) if (columns[at]!.group === group) members.push(at);
    return members;
  };
  const usedOf = ({ at }: { readonly at: number }) => isUsed[at] === 1;
  // A loop: Uint8Array.from with a function takes forty times as long.
  const weekdays = new Uint8Array(matrix.n);
  for (let row = 0; row < matrix.n; row += 1) weekdays[row] = weekdayOf(days[row]!);
  const byWeekday = rowsByWeekday(weekdays);
  const [level = 0, trend = 0] = [...inGroup("level"), ...inGroup("trend")];
  const weekly = weeklyOf(inGroup("weekly"), inGroup("weekly-by-season"), byWeekday, matrix).filter(usedOf);
  const waves = inGroup("yearly");
  // Harmonics are multiplied from the first one on, with which the week swells.
  const swell = weekly.some(({ factor }) => factor > 0) ? 1 : 0;
  const order = waves.reduce((most, at) => (isUsed[at] === 1 ? Math.max(most, columns[at]!.order) : most), swell);
  const sparse: SparseColumn[] = [];
  const others: number[] = [];
  for (const at of used) {
    if (PATTERNED.has(columns[at]!.group)) continue;
    const filled = filledRows(matrix, at);
    if (filled === null) others.push(at);
    else sparse.push({ at, rows: filled });
  }
  const bends = bendsOf(inGroup("changepoint"), trend, matrix).filter(usedOf);
  return { used, weekdays, byWeekday, level, trend, factors: [level, ...waves.slice(0, 2)], yearly: waves.slice(0, 2 * order), others, weekly, bends, sparse };
};

/** @param seasonal the weekly columns once more for each harmonic that they swell with */
const weeklyOf = (weekly: readonly number[], seasonal: readonly number[], byWeekday: readonly Int32Array[], { n, values }: Columns): WeeklyColumn[] => {
  const tables = weekly.map((at) => Float64Array.from(byWeekday, ([row]) => (row === undefined ? 0 : values[at * n + row]!)));
  return [
    ...weekly.map((at, j) => ({ at, table: tables[j]!, factor: 0 })),
    ...seasonal.map((at, j) => ({ at, table: tables[j % weekly.length]!, factor: 1 + Math.floor(j / weekly.length) })),
  ];
};

const rowsByWeekday = (weekdays: Uint8Array): Int32Array[] => {
  const sorted = new Int32Array(weekdays.length);
  let count = 0;
  return Array.from({ length: WEEKDAYS }, (_, weekday) => {
    const first = count;
    for (let row = 0; row < weekdays.length; row += 1) {
      if (weekdays[row] !== weekday) continue;
      sorted[count] = row;
      count += 1;
    }
    return sorted.subarray(first, count);
  });
};

/** Rows in which a column is not zero; null where they are too many to be visited one by one. */
const filledRows = ({ n, values }: Columns, at: number): readonly number[] | null => {
  const rows: number[] = [];
  for (let row = 0; row < n; row += 1) {
    if (values[at * n + row]! === 0) continue;
    rows.push(row);
    if (rows.length > n * SPARSE_SHARE_MAX) return null;
  }
  return rows;
};

const bendsOf = (columns: readonly number[], trend: number, { n, values }: Columns): Bend[] => {
  let from = 0;
  return columns.map((at) => {
    while (from < n && values[at * n + from]! === 0) from += 1;
    return { at, from, time: values[trend * n + n - 1]! - values[at * n + n - 1]! };
  });
};
