/* oxlint-disable typescript/no-non-null-assertion -- all loops run over the n days they are given; checks would double their time */
/**
 * What is news in a column of numbers, once a level and a weekday profile that follow it are taken off: the innovations
 * of exponential smoothing (Hyndman, Koehler, Ord & Snyder 2008, ch. 2 and 9). It is linear, so that a regression on
 * filtered columns is a regression whose errors are an exponentially smoothed level instead of pure chance.
 */
import type { Columns } from "./additive/gram.js";
import type { EpochDay } from "./series.js";
import { weekdayOf } from "./series.js";

export type LevelFilter = {
  /** Share of a day's news that the level takes up, in (0, 1). */
  readonly levelWeight: number;
  /** Share that its weekday's departure from the level takes up; 0 = weekdays do not change. */
  readonly weekdayWeight: number;
  /** Share of the level that is left a day later; 1 = it stays. */
  readonly fade: number;
};

/** Where the filter stands after the last day. */
export type FilterState = { readonly level: number; /** Monday first. */ readonly weekdays: Float64Array };

/** A filter set up for certain days: it may then be run over any number of columns. */
export type Filtering = {
  /** Writes the innovations of `values[from …]` to `news[to …]`, one per day. */
  run(values: Float64Array, from: number, news: Float64Array, to: number): FilterState;
  /** The innovations of some columns of a matrix, one column after the other. @param columns their numbers */
  runAll(matrix: Columns, columns: readonly number[]): Columns;
};

/** @param days ascending, shape (n) */
export const filteringOf = (filter: LevelFilter, days: ArrayLike<EpochDay>): Filtering => {
  const { levelWeight, weekdayWeight, fade } = filter;
  const n = days.length;
  // Loops: `from` with a function takes forty times as long, and a filter is set up for every fold.
  const weekdays = new Uint8Array(n);
  for (let i = 0; i < n; i += 1) weekdays[i] = weekdayOf(days[i]!);
  const fades = new Float64Array(n).fill(1);
  for (let i = 1; fade !== 1 && i < n; i += 1) fades[i] = fade ** (days[i]! - days[i - 1]!);
  const run: Filtering["run"] = (values, from, news, to) => {
    const profile = new Float64Array(7);
    let level = 0;
    for (let i = 0; i < n; i += 1) {
      const weekday = weekdays[i]!;
      level *= fades[i]!;
      const innovation = values[from + i]! - level - profile[weekday]!;
      news[to + i] = innovation;
      level += levelWeight * innovation;
      profile[weekday] = profile[weekday]! + weekdayWeight * innovation;
    }
    return { level, weekdays: profile };
  };
  const runAll: Filtering["runAll"] = ({ values }, columns) => {
    const news = new Float64Array(n * columns.length);
    const last = columns.length - 1;
    for (let j = 0; j <= last; j += 4) {
      // The last one stands in for columns beyond the end: the same news are then written twice.
      const to = { a: j * n, b: Math.min(j + 1, last) * n, c: Math.min(j + 2, last) * n, d: Math.min(j + 3, last) * n };
      const from = { a: columns[j]! * n, b: columns[Math.min(j + 1, last)]! * n, c: columns[Math.min(j + 2, last)]! * n, d: columns[Math.min(j + 3, last)]! * n };
      runFour(filter, { weekdays, fades }, values, from, news, to);
    }
    return { n, k: columns.length, values: news };
  };
  return { run, runAll };
};

type Places = { readonly a: number; readonly b: number; readonly c: number; readonly d: number };

/** Four columns at a time, because each day of a column waits for the day before it. */
const runFour = (
  { levelWeight, weekdayWeight }: LevelFilter,
  { weekdays, fades }: { readonly weekdays: Uint8Array; readonly fades: Float64Array },
  values: Float64Array,
  from: Places,
  news: Float64Array,
  to: Places,
): void => {
  const profile = new Float64Array(4 * 7);
  let levelA = 0;
  let levelB = 0;
  let levelC = 0;
  let levelD = 0;
  for (let i = 0; i < weekdays.length; i += 1) {
    const weekday = weekdays[i]!;
    const fade = fades[i]!;
    levelA *= fade;
    levelB *= fade;
    levelC *= fade;
    levelD *= fade;
    const a = values[from.a + i]! - levelA - profile[weekday]!;
    const b = values[from.b + i]! - levelB - profile[7 + weekday]!;
    const c = values[from.c + i]! - levelC - profile[14 + weekday]!;
    const d = values[from.d + i]! - levelD - profile[21 + weekday]!;
    news[to.a + i] = a;
    news[to.b + i] = b;
    news[to.c + i] = c;
    news[to.d + i] = d;
    levelA += levelWeight * a;
    levelB += levelWeight * b;
    levelC += levelWeight * c;
    levelD += levelWeight * d;
    profile[weekday] = profile[weekday]! + weekdayWeight * a;
    profile[7 + weekday] = profile[7 + weekday]! + weekdayWeight * b;
    profile[14 + weekday] = profile[14 + weekday]! + weekdayWeight * c;
    profile[21 + weekday] = profile[21 + weekday]! + weekdayWeight * d;
  }
};
