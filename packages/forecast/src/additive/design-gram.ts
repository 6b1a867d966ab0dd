/* oxlint-disable typescript/no-non-null-assertion -- rows and columns are those of the design; checks would double the time of its loops */
/**
 * The products of a design's columns in a sixth of the multiplications, because most of them are few in disguise:
 *
 * - a weekly column is a number per weekday times another column (the level, or the first yearly harmonic), so its
 *   products are seven sums over weekdays, shared by all columns of that kind;
 * - a bend (t − t₀)₊ has with x the product Σ t·x − t₀·Σ x over the days after it: two running sums serve all bends;
 * - a special day's column is zero nearly everywhere.
 *
 * What is left, the free columns (yearly harmonics, weather), is multiplied pair by pair.
 */
import type { Column } from "../design.js";
import type { EpochDay } from "../series.js";
import { weekdayOf } from "../series.js";
import type { Columns } from "./gram.js";
import { writeBoth, writeProducts } from "./gram.js";
import { dot } from "./solve.js";

/** Share of days up to which it pays to visit only the rows where a column is not zero. */
const SPARSE_SHARE_MAX = 1 / 8;
const WEEKDAYS = 7;

/** Groups whose columns follow one of the patterns above, or, as level, trend and year, are needed by them. */
const PATTERNED: ReadonlySet<Column["group"]> = new Set(["level", "trend", "changepoint", "weekly", "yearly", "weekly-by-season"]);

type WeeklyColumn = { readonly at: number; /** Value per weekday, Monday first. */ readonly table: Float64Array; /** Which of the factors it multiplies. */ readonly factor: number };
type Bend = { readonly at: number; /** First row after it. */ readonly from: number; /** In the trend column's unit. */ readonly time: number };
type SparseColumn = { readonly at: number; readonly rows: readonly number[] };

/** The columns of a design by how they are multiplied. */
export type Pattern = {
  /** Of each row, Monday first. */
  readonly weekdays: Uint8Array;
  readonly level: number;
  readonly trend: number;
  /** What weekly columns multiply: the level and, where there is a yearly curve, its first harmonic, sine and cosine. */
  readonly factors: readonly number[];
  readonly free: readonly number[];
  readonly weekly: readonly WeeklyColumn[];
  /** In the order of their days. */
  readonly bends: readonly Bend[];
  readonly sparse: readonly SparseColumn[];
};

/** @param columns of a design, as `columnsOf` lists them @param days its rows */
export const patternOf = (columns: readonly Column[], days: ArrayLike<EpochDay>, matrix: Columns): Pattern => {
  const { n, values } = matrix;
  // A loop: Uint8Array.from with a function takes forty times as long.
  const weekdays = new Uint8Array(n);
  for (let row = 0; row < n; row += 1) weekdays[row] = weekdayOf(days[row]!);
  const inGroup = (group: Column["group"]): readonly number[] => {
    const members: number[] = [];
    for (let at = 0; at < columns.length; at += 1) if (columns[at]!.group === group) members.push(at);
    return members;
  };
  const level = inGroup("level")[0] ?? 0;
  const trend = inGroup("trend")[0] ?? 0;
  const weekly = inGroup("weekly");
  const yearly = inGroup("yearly");
  const rows = Array.from({ length: WEEKDAYS }, (_, weekday) => weekdays.indexOf(weekday));
  const tables = weekly.map((at) => Float64Array.from(rows, (row) => (row < 0 ? 0 : values[at * n + row]!)));
  const sparse: SparseColumn[] = [];
  const free = [level, trend, ...yearly];
  for (const [at, { group }] of columns.entries()) {
    if (PATTERNED.has(group)) continue;
    const filled = filledRows(matrix, at);
    if (filled === null) free.push(at);
    else sparse.push({ at, rows: filled });
  }
  return {
    weekdays,
    level,
    trend,
    factors: [level, ...yearly.slice(0, 2)],
    free,
    weekly: [
      ...weekly.map((at, j) => ({ at, table: tables[j]!, factor: 0 })),
      ...inGroup("weekly-by-season").map((at, j) => ({ at, table: tables[j % weekly.length]!, factor: 1 + Math.floor(j / weekly.length) })),
    ],
    bends: bendsOf(inGroup("changepoint"), trend, matrix),
    sparse,
  };
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

/** XᵀX, the same as `gramOf(matrix)` up to rounding. */
export const designGram = (pattern: Pattern, matrix: Columns): Float64Array => {
  const { n, k, values } = matrix;
  const gram = new Float64Array(k * k);
  const sums = createSums(pattern);
  writeProducts(gram, matrix, pattern.free);
  for (const x of pattern.free) {
    sumUp(sums, pattern, matrix, values, x * n);
    for (const column of pattern.weekly) writeBoth(gram, k, column.at, x, weeklyProduct(column, sums));
    for (const [b, bend] of pattern.bends.entries()) writeBoth(gram, k, bend.at, x, bendProduct(bend, b, sums));
    for (const column of pattern.weekly) if (pattern.factors[column.factor] === x) writeWeekly(gram, k, column, pattern, sums);
  }
  writeBends(gram, k, pattern);
  writeWeeklyBends(gram, pattern, matrix);
  for (const column of pattern.sparse) {
    for (let j = 0; j < k; j += 1) writeBoth(gram, k, column.at, j, sparseProduct(column, matrix, values, j * n));
  }
  return gram;
};

/** Xᵀz, the same as `momentsOf(matrix, z)` up to rounding. */
export const designMoments = (pattern: Pattern, matrix: Columns, z: Float64Array): Float64Array => {
  const { n, k, values } = matrix;
  const moments = new Float64Array(k);
  const sums = createSums(pattern);
  sumUp(sums, pattern, matrix, z, 0);
  for (const x of pattern.free) moments[x] = dot(values, x * n, z, 0, n);
  for (const column of pattern.weekly) moments[column.at] = weeklyProduct(column, sums);
  for (const [b, bend] of pattern.bends.entries()) moments[bend.at] = bendProduct(bend, b, sums);
  for (const column of pattern.sparse) moments[column.at] = sparseProduct(column, matrix, z, 0);
  return moments;
};

/** What of a column x its products with all weekly columns and bends need. */
type Sums = { /** Σ factor·x over the days of each weekday, shape (3, 7). */ readonly ofWeekday: Float64Array; /** Σx over the days after each bend. */ readonly after: Float64Array; /** Σt·x over them. */ readonly timedAfter: Float64Array };

const createSums = ({ bends }: Pattern): Sums => ({ ofWeekday: new Float64Array(3 * WEEKDAYS), after: new Float64Array(bends.length), timedAfter: new Float64Array(bends.length) });

/** One pass, from the last day back. @param x the column is `x[from …]` */
const sumUp = ({ ofWeekday, after, timedAfter }: Sums, { weekdays, trend, factors, bends }: Pattern, { n, values }: Columns, x: Float64Array, from: number): void => {
  const [level = 0, sine = level, cosine = level] = factors;
  ofWeekday.fill(0);
  let sum = 0;
  let timed = 0;
  let row = n - 1;
  for (let b = bends.length - 1; b >= -1; b -= 1) {
    const first = b < 0 ? 0 : bends[b]!.from;
    for (; row >= first; row -= 1) {
      const value = x[from + row]!;
      const weekday = weekdays[row]!;
      sum += value;
      timed += values[trend * n + row]! * value;
      ofWeekday[weekday] = ofWeekday[weekday]! + value;
      ofWeekday[WEEKDAYS + weekday] = ofWeekday[WEEKDAYS + weekday]! + values[sine * n + row]! * value;
      ofWeekday[2 * WEEKDAYS + weekday] = ofWeekday[2 * WEEKDAYS + weekday]! + values[cosine * n + row]! * value;
    }
    if (b < 0) continue;
    after[b] = sum;
    timedAfter[b] = timed;
  }
};

const weeklyProduct = ({ table, factor }: WeeklyColumn, { ofWeekday }: Sums): number => {
  let total = 0;
  for (let weekday = 0; weekday < WEEKDAYS; weekday += 1) total += table[weekday]! * ofWeekday[factor * WEEKDAYS + weekday]!;
  return total;
};

const bendProduct = ({ time }: Bend, b: number, { after, timedAfter }: Sums): number => timedAfter[b]! - time * after[b]!;

const sparseProduct = ({ at, rows }: SparseColumn, { n, values }: Columns, x: Float64Array, from: number): number => {
  let total = 0;
  for (const row of rows) total += values[at * n + row]! * x[from + row]!;
  return total;
};

/** A weekly column with all weekly ones. @param sums of its factor */
const writeWeekly = (gram: Float64Array, k: number, { at, table }: WeeklyColumn, { weekly }: Pattern, { ofWeekday }: Sums): void => {
  for (const other of weekly) {
    let total = 0;
    for (let weekday = 0; weekday < WEEKDAYS; weekday += 1) total += table[weekday]! * other.table[weekday]! * ofWeekday[other.factor * WEEKDAYS + weekday]!;
    writeBoth(gram, k, at, other.at, total);
  }
};

/** Of two bends the later one cuts off, and on its days the earlier one is a straight line. */
const writeBends = (gram: Float64Array, k: number, { bends, trend, level }: Pattern): void => {
  for (const [i, later] of bends.entries()) {
    for (let b = 0; b <= i; b += 1) writeBoth(gram, k, later.at, bends[b]!.at, gram[later.at * k + trend]! - bends[b]!.time * gram[later.at * k + level]!);
  }
};

/** All products of bends with weekly columns from Σ factor and Σ t·factor over the days of each weekday after a bend. */
const writeWeeklyBends = (gram: Float64Array, { bends, weekly, factors, trend, weekdays }: Pattern, { n, k, values }: Columns): void => {
  for (const [factor, x] of factors.entries()) {
    const ofFactor = weekly.filter((column) => column.factor === factor);
    const sums = new Float64Array(WEEKDAYS);
    const timed = new Float64Array(WEEKDAYS);
    let row = n - 1;
    for (let b = bends.length - 1; b >= 0; b -= 1) {
      const { at, from, time } = bends[b]!;
      for (; row >= from; row -= 1) {
        const weekday = weekdays[row]!;
        const value = values[x * n + row]!;
        sums[weekday] = sums[weekday]! + value;
        timed[weekday] = timed[weekday]! + values[trend * n + row]! * value;
      }
      for (const column of ofFactor) writeBoth(gram, k, at, column.at, dot(column.table, 0, timed, 0, WEEKDAYS) - time * dot(column.table, 0, sums, 0, WEEKDAYS));
    }
  }
};
