/* oxlint-disable typescript/no-non-null-assertion -- rows and columns are those of the design; checks would double the time of its loops */
/**
 * The Gram matrix of a design in a sixth of the multiplications, because most of its columns are few in disguise:
 *
 * - a weekly column is a number per weekday times another column (the level, or the first yearly harmonics), so its
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

type WeeklyColumn = { readonly at: number; /** Value per weekday, Monday first. */ readonly table: Float64Array; /** Number of the column it multiplies. */ readonly factor: number };
type Bend = { readonly at: number; /** First row after it. */ readonly from: number; /** In the trend column's unit. */ readonly time: number };
type SparseColumn = { readonly at: number; readonly rows: readonly number[] };
/** Rows put in order of weekday, and where each weekday begins; the eighth is the end. */
type Weeks = { readonly weekdays: Uint8Array; readonly order: Int32Array; readonly begins: readonly number[] };

type Kinds = { readonly free: readonly number[]; readonly weekly: readonly WeeklyColumn[]; readonly bends: readonly Bend[]; readonly sparse: readonly SparseColumn[]; readonly trend: number; readonly level: number };

/** The same as `gramOf(matrix)` up to rounding. @param columns of a design, as `columnsOf` lists them @param days its rows */
export const designGram = (columns: readonly Column[], days: ArrayLike<EpochDay>, matrix: Columns): Float64Array => {
  const gram = new Float64Array(matrix.k ** 2);
  const weeks = weeksOf(days);
  const kinds = kindsOf(columns, weeks, matrix);
  writeProducts(gram, matrix, kinds.free);
  writeWeekly(gram, kinds, weeks, matrix);
  writeBends(gram, kinds, matrix);
  writeWeeklyBends(gram, kinds, weeks, matrix);
  writeSparse(gram, kinds.sparse, matrix);
  return gram;
};

const weeksOf = (days: ArrayLike<EpochDay>): Weeks => {
  // A loop: Uint8Array.from with a function takes forty times as long.
  const weekdays = new Uint8Array(days.length);
  for (let row = 0; row < days.length; row += 1) weekdays[row] = weekdayOf(days[row]!);
  const counts = new Int32Array(WEEKDAYS);
  for (const weekday of weekdays) counts[weekday] = counts[weekday]! + 1;
  const begins = [0];
  for (const count of counts) begins.push(begins.at(-1)! + count);
  const order = new Int32Array(weekdays.length);
  const next = new Int32Array(begins);
  for (let row = 0; row < weekdays.length; row += 1) {
    const weekday = weekdays[row]!;
    order[next[weekday]!] = row;
    next[weekday] = next[weekday]! + 1;
  }
  return { weekdays, order, begins };
};

const kindsOf = (columns: readonly Column[], { order, begins }: Weeks, matrix: Columns): Kinds => {
  const { n, values } = matrix;
  const groups = new Map<Column["group"], number[]>();
  for (const [at, { group }] of columns.entries()) {
    const members = groups.get(group);
    if (members === undefined) groups.set(group, [at]);
    else members.push(at);
  }
  const inGroup = (group: Column["group"]): readonly number[] => groups.get(group) ?? [];
  const [level = 0] = inGroup("level");
  const [trend = 0] = inGroup("trend");
  const weekly = inGroup("weekly");
  const yearly = inGroup("yearly");
  const bySeason = inGroup("weekly-by-season");
  const tableOf = (at: number) => Float64Array.from({ length: WEEKDAYS }, (_, weekday) => (begins[weekday] === begins[weekday + 1] ? 0 : values[at * n + order[begins[weekday]!]!]!));
  const tables = weekly.map(tableOf);
  const sparse: SparseColumn[] = [];
  const free = [level, trend, ...yearly];
  for (const [at, { group }] of columns.entries()) {
    if (PATTERNED.has(group)) continue;
    const rows: number[] = [];
    for (let i = 0; i < n; i += 1) if (values[at * n + i]! !== 0) rows.push(i);
    if (rows.length <= n * SPARSE_SHARE_MAX) sparse.push({ at, rows });
    else free.push(at);
  }
  return {
    level,
    trend,
    free,
    sparse,
    bends: bendsOf(inGroup("changepoint"), trend, matrix),
    weekly: [
      ...weekly.map((at, j) => ({ at, table: tables[j]!, factor: level })),
      ...bySeason.map((at, j) => ({ at, table: tables[j % weekly.length]!, factor: yearly[Math.floor(j / weekly.length)]! })),
    ],
  };
};

/** Bends stand in the order of their days. */
const bendsOf = (columns: readonly number[], trend: number, { n, values }: Columns): Bend[] => {
  let from = 0;
  return columns.map((at) => {
    while (from < n && values[at * n + from]! === 0) from += 1;
    return { at, from, time: values[trend * n + n - 1]! - values[at * n + n - 1]! };
  });
};

/** Weekly columns with free ones and with one another, all from Σ factor·x over the days of each weekday. */
const writeWeekly = (gram: Float64Array, { weekly, free }: Kinds, { order, begins }: Weeks, { n, k, values }: Columns): void => {
  const sorted = new Float64Array(free.length * n);
  for (const [j, x] of free.entries()) {
    for (let i = 0; i < n; i += 1) sorted[j * n + i] = values[x * n + order[i]!]!;
  }
  const sums = new Float64Array(WEEKDAYS);
  for (const factor of new Set(weekly.map((column) => column.factor))) {
    const ofFactor = weekly.filter((column) => column.factor === factor);
    const f = free.indexOf(factor) * n;
    for (const [j, x] of free.entries()) {
      for (let weekday = 0; weekday < WEEKDAYS; weekday += 1) {
        const begin = begins[weekday]!;
        sums[weekday] = dot(sorted, f + begin, sorted, j * n + begin, begins[weekday + 1]! - begin);
      }
      for (const column of ofFactor) writeBoth(gram, k, column.at, x, dot(column.table, 0, sums, 0, WEEKDAYS));
      const others = weekly.filter((column) => column.factor === x);
      for (const { at, table } of ofFactor) {
        for (const other of others) writeBoth(gram, k, at, other.at, weigh(table, other.table, sums));
      }
    }
  }
};

const weigh = (a: Float64Array, b: Float64Array, sums: Float64Array): number => {
  let total = 0;
  for (let weekday = 0; weekday < WEEKDAYS; weekday += 1) total += a[weekday]! * b[weekday]! * sums[weekday]!;
  return total;
};

const writeBends = (gram: Float64Array, { bends, free, trend, level }: Kinds, { n, k, values }: Columns): void => {
  for (const x of free) {
    let sum = 0;
    let timed = 0;
    let until = n;
    for (let b = bends.length - 1; b >= 0; b -= 1) {
      const { at, from, time } = bends[b]!;
      sum += dot(values, level * n + from, values, x * n + from, until - from);
      timed += dot(values, trend * n + from, values, x * n + from, until - from);
      until = from;
      writeBoth(gram, k, at, x, timed - time * sum);
    }
  }
  // Of two bends the later one cuts off, and on its days the earlier one is a straight line.
  for (const [i, later] of bends.entries()) {
    for (let b = 0; b <= i; b += 1) writeBoth(gram, k, later.at, bends[b]!.at, gram[later.at * k + trend]! - bends[b]!.time * gram[later.at * k + level]!);
  }
};

const writeWeeklyBends = (gram: Float64Array, { bends, weekly, trend }: Kinds, { weekdays }: Weeks, { n, k, values }: Columns): void => {
  for (const factor of new Set(weekly.map((column) => column.factor))) {
    const ofFactor = weekly.filter((column) => column.factor === factor);
    const sums = new Float64Array(WEEKDAYS);
    const timed = new Float64Array(WEEKDAYS);
    let row = n - 1;
    for (let b = bends.length - 1; b >= 0; b -= 1) {
      const { at, from, time } = bends[b]!;
      for (; row >= from; row -= 1) {
        const weekday = weekdays[row]!;
        const value = values[factor * n + row]!;
        sums[weekday] = sums[weekday]! + value;
        timed[weekday] = timed[weekday]! + values[trend * n + row]! * value;
      }
      for (const column of ofFactor) writeBoth(gram, k, at, column.at, dot(column.table, 0, timed, 0, WEEKDAYS) - time * dot(column.table, 0, sums, 0, WEEKDAYS));
    }
  }
};

const writeSparse = (gram: Float64Array, sparse: readonly SparseColumn[], { n, k, values }: Columns): void => {
  for (const { at, rows } of sparse) {
    for (let j = 0; j < k; j += 1) {
      let total = 0;
      for (const row of rows) total += values[at * n + row]! * values[j * n + row]!;
      writeBoth(gram, k, at, j, total);
    }
  }
};
