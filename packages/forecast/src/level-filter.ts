/* oxlint-disable typescript/no-non-null-assertion -- all loops run over the n days they are given; checks would double their time */
/**
 * What is news in a column of numbers, once a level and a weekday profile that follow it are taken off: the innovations
 * of exponential smoothing (Hyndman, Koehler, Ord & Snyder 2008, ch. 2 and 9). It is linear, so that a regression on
 * filtered columns is a regression whose errors are an exponentially smoothed level instead of pure chance.
 */
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

/** A filter set up for certain days: `run` may then be called for any number of columns. */
export type Filtering = {
  /** Writes the innovations of `values[from …]` to `news[to …]`, one per day. */
  run(values: Float64Array, from: number, news: Float64Array, to: number): FilterState;
};

/** @param days ascending, shape (n) */
export const filteringOf = ({ levelWeight, weekdayWeight, fade }: LevelFilter, days: ArrayLike<EpochDay>): Filtering => {
  const n = days.length;
  // Loops: `from` with a function takes forty times as long, and a filter is set up for every fold.
  const weekdays = new Uint8Array(n);
  const gains = new Float64Array(n);
  const fades = new Float64Array(n).fill(1);
  const weekdayGains = new Float64Array(n);
  const seen = new Int32Array(7);
  for (let i = 0; i < n; i += 1) {
    const weekday = weekdayOf(days[i]!);
    weekdays[i] = weekday;
    gains[i] = runningGain(levelWeight, i);
    if (i > 0 && fade !== 1) fades[i] = fade ** (days[i]! - days[i - 1]!);
    weekdayGains[i] = runningGain(weekdayWeight, seen[weekday]!);
    seen[weekday] = seen[weekday]! + 1;
  }
  const run: Filtering["run"] = (values, from, news, to) => {
    const profile = new Float64Array(7);
    let level = 0;
    for (let i = 0; i < n; i += 1) {
      const weekday = weekdays[i]!;
      level *= fades[i]!;
      const innovation = values[from + i]! - level - profile[weekday]!;
      news[to + i] = innovation;
      level += gains[i]! * innovation;
      profile[weekday] = profile[weekday]! + weekdayGains[i]! * innovation;
    }
    return { level, weekdays: profile };
  };
  return { run };
};

/** The weight of a running mean at first, drawn towards zero as by 1/weight days, so that the start value does not linger. */
const runningGain = (weight: number, before: number): number => (weight > 0 ? Math.max(weight, 1 / (before + 1 + 1 / weight)) : 0);
