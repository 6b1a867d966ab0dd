/* oxlint-disable typescript/no-non-null-assertion -- a day's place in its table is taken modulo the length of it */
/** Smooth periodic curves as sums of sines and cosines (Harvey & Shephard 1993; Taylor & Letham 2018). */
import { CYCLE_DAYS, perCalendarDay } from "./calendar-cycle.js";
import type { EpochDay } from "./series.js";

/** Three harmonics of a week are six columns: with a level, any pattern of seven weekdays. */
export const WEEKLY_ORDER = 3;

/** The first harmonic of each day until the period returns to the same day: after one week, after four years. */
export type Period = { readonly days: number; readonly sin: Float64Array; readonly cos: Float64Array };

const periodOf = (angles: Float64Array): Period => ({ days: angles.length, sin: angles.map(Math.sin), cos: angles.map(Math.cos) });

const anglesOf = (periodDays: number, days: number): Float64Array => Float64Array.from({ length: days }, (_, day) => (2 * Math.PI * (day % periodDays)) / periodDays);

// Computed once: sines were half the cost of a design, and its days are the same for all products.
export const WEEK = periodOf(anglesOf(7, 7));
/** A month is a period too, of 28 to 31 days: its first day is its beginning whatever its length. */
export const MONTH = periodOf(perCalendarDay(({ dayOfMonth, daysInMonth }) => (2 * Math.PI * (dayOfMonth - 1)) / daysInMonth));
export const YEAR = periodOf(anglesOf(365.25, CYCLE_DAYS));

const placeOf = (day: EpochDay, period: number): number => (day < 0 ? period - 1 - ((-1 - day) % period) : day % period);

/**
 * Writes sin and cos of harmonics 1 … order as one column after the other, from `at` on: sin 1, cos 1, sin 2, cos 2, …
 * Higher harmonics follow from the first by the addition theorem, which takes less time than to fetch them from a table.
 */
export const writeHarmonics = (days: Int32Array, { days: period, sin, cos }: Period, order: number, into: Float64Array, at: number): void => {
  const n = days.length;
  for (let i = 0; order > 0 && i < n; i += 1) {
    const place = placeOf(days[i]!, period);
    into[at + i] = sin[place]!;
    into[at + n + i] = cos[place]!;
  }
  for (let before = at; before < at + 2 * (order - 1) * n; before += 2 * n) {
    for (let i = 0; i < n; i += 1) {
      const sin1 = into[at + i]!;
      const cos1 = into[at + n + i]!;
      const sine = into[before + i]!;
      const cosine = into[before + n + i]!;
      into[before + 2 * n + i] = sine * cos1 + cosine * sin1;
      into[before + 3 * n + i] = cosine * cos1 - sine * sin1;
    }
  }
};

/** The sum of a day's harmonics 1 … order, weighted by `coefficients[at …]` in the order in which they are written. */
export const curveOn = (day: EpochDay, { days, sin: sines, cos: cosines }: Period, order: number, coefficients: ArrayLike<number>, at: number): number => {
  const place = placeOf(day, days);
  const sin1 = sines[place]!;
  const cos1 = cosines[place]!;
  let sin = sin1;
  let cos = cos1;
  let total = 0;
  for (let k = 0; k < order; k += 1) {
    total += coefficients[at + 2 * k]! * sin + coefficients[at + 2 * k + 1]! * cos;
    const nextSin = sin * cos1 + cos * sin1;
    cos = cos * cos1 - sin * sin1;
    sin = nextSin;
  }
  return total;
};
