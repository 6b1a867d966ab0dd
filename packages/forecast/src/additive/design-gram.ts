/* oxlint-disable typescript/no-non-null-assertion -- rows and columns are those of the design; checks would double the time of its loops */
/**
 * The products of a design's columns in about a tenth of the multiplications, because most of them are few in disguise:
 *
 * - yearly harmonics multiply to harmonics of their sum and difference, so their products follow from sums of harmonics;
 * - a weekly column is a number per weekday times another column (the level, or the first yearly harmonic), so its
 *   products are seven sums over weekdays, shared by all columns of that kind;
 * - a bend (t − t₀)₊ has with x the product Σ t·x − t₀·Σ x over the days after it: two running sums serve all bends;
 * - a special day's column is zero nearly everywhere.
 *
 * What is left, drivers such as weather and the rhythm of the month, is multiplied pair by pair.
 */
import type { Columns } from "./gram.js";
import { writeBoth, writeCrossProducts, writeProducts } from "./gram.js";
import { writeHarmonicProducts } from "./harmonic-products.js";
import type { Bend, Pattern, SparseColumn, WeeklyColumn } from "./pattern.js";
import { WEEKDAYS } from "./pattern.js";
import { dot } from "./solve.js";

/** XᵀX, of the columns used the same as `gramOf(matrix)` up to rounding. */
export const designGram = (pattern: Pattern, matrix: Columns): Float64Array => {
  const { n, k, values } = matrix;
  const { level, trend, factors, yearly, others, bends, weekly } = pattern;
  const gram = new Float64Array(k * k);
  const sums = createSums(pattern);
  for (const x of [level, trend, ...yearly, ...others]) {
    sumUp(sums, pattern, matrix, values, x * n);
    writeBoth(gram, k, level, x, sums.after[bends.length]!);
    writeBoth(gram, k, trend, x, sums.timedAfter[bends.length]!);
    for (const column of weekly) writeBoth(gram, k, column.at, x, weeklyProduct(column, sums));
    for (const [b, bend] of bends.entries()) writeBoth(gram, k, bend.at, x, bendProduct(bend, b, sums));
    for (const column of weekly) if (factors[column.factor] === x) writeWeekly(gram, k, column, pattern, sums);
  }
  writeCrossProducts(gram, matrix, yearly.slice(-2), yearly.slice(0, -2));
  writeProducts(gram, matrix, yearly.slice(-2));
  writeHarmonicProducts(gram, k, level, yearly);
  writeCrossProducts(gram, matrix, others, yearly);
  writeProducts(gram, matrix, others);
  writeBends(gram, k, pattern);
  writeWeeklyBends(gram, pattern, matrix);
  for (const column of pattern.sparse) {
    for (const j of pattern.used) writeBoth(gram, k, column.at, j, sparseProduct(column, matrix, values, j * n));
  }
  return gram;
};

/** Xᵀz, of the columns used the same as `momentsOf(matrix, z)` up to rounding. */
export const designMoments = (pattern: Pattern, matrix: Columns, z: Float64Array): Float64Array => {
  const { n, k, values } = matrix;
  const { level, trend, yearly, others, bends, weekly } = pattern;
  const moments = new Float64Array(k);
  const sums = createSums(pattern);
  sumUp(sums, pattern, matrix, z, 0);
  moments[level] = sums.after[bends.length]!;
  moments[trend] = sums.timedAfter[bends.length]!;
  for (const x of [...yearly, ...others]) moments[x] = dot(values, x * n, z, 0, n);
  for (const column of weekly) moments[column.at] = weeklyProduct(column, sums);
  for (const [b, bend] of bends.entries()) moments[bend.at] = bendProduct(bend, b, sums);
  for (const column of pattern.sparse) moments[column.at] = sparseProduct(column, matrix, z, 0);
  return moments;
};

/** What of a column x its products with the trend, all weekly columns and bends need. */
type Sums = {
  /** Σ factor·x over the days of each weekday, shape (3, 7). */
  readonly ofWeekday: Float64Array;
  /** Σx over the days after each bend, and last over all days. */
  readonly after: Float64Array;
  /** Σt·x over them. */
  readonly timedAfter: Float64Array;
};

const createSums = ({ bends }: Pattern): Sums => ({ ofWeekday: new Float64Array(3 * WEEKDAYS), after: new Float64Array(bends.length + 1), timedAfter: new Float64Array(bends.length + 1) });

/** @param x the column is `x[from …]` */
const sumUp = (sums: Sums, pattern: Pattern, matrix: Columns, x: Float64Array, from: number): void => {
  sumByWeekday(sums, pattern, matrix, x, from);
  sumAfterBends(sums, pattern, matrix, x, from);
};

/** Weekday by weekday, so that its sums stay in registers. */
const sumByWeekday = ({ ofWeekday }: Sums, { byWeekday, factors }: Pattern, { n, values }: Columns, x: Float64Array, from: number): void => {
  const [level = 0, sine = level, cosine = level] = factors;
  for (let weekday = 0; weekday < WEEKDAYS; weekday += 1) {
    const rows = byWeekday[weekday]!;
    let plain = 0;
    let withSine = 0;
    let withCosine = 0;
    for (let i = 0; i < rows.length; i += 1) {
      const row = rows[i]!;
      const value = x[from + row]!;
      plain += value;
      withSine += values[sine * n + row]! * value;
      withCosine += values[cosine * n + row]! * value;
    }
    ofWeekday[weekday] = plain;
    ofWeekday[WEEKDAYS + weekday] = withSine;
    ofWeekday[2 * WEEKDAYS + weekday] = withCosine;
  }
};

/** From the last day back, so that each bend finds the sums over the days after it. */
const sumAfterBends = ({ after, timedAfter }: Sums, { trend, bends }: Pattern, { n, values }: Columns, x: Float64Array, from: number): void => {
  let sum = 0;
  let timed = 0;
  let row = n - 1;
  for (let b = bends.length - 1; b >= -1; b -= 1) {
    const first = b < 0 ? 0 : bends[b]!.from;
    for (; row >= first; row -= 1) {
      const value = x[from + row]!;
      sum += value;
      timed += values[trend * n + row]! * value;
    }
    const place = b < 0 ? bends.length : b;
    after[place] = sum;
    timedAfter[place] = timed;
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
