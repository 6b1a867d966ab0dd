/* oxlint-disable typescript/no-non-null-assertion -- a day's place in its table is taken modulo the length of it */
/** Smooth periodic curves as sums of sines and cosines (Harvey & Shephard 1993; Taylor & Letham 2018). */
import { CYCLE_DAYS, perCalendarDay } from "./calendar-cycle.js";
import type { EpochDay } from "./series.js";

/** Three harmonics of a week are six columns: with a level, any pattern of seven weekdays. */
export const WEEKLY_ORDER = 3;
export const MONTHLY_ORDER_MAX = 2;
export const YEARLY_ORDER_MAX = 10;

/** The harmonics 1 … of each day until the period returns to the same day: after one week, after four years. */
export type Period = {
  readonly days: number;
  /** Shape (days, waves), column-major: sin 1, cos 1, sin 2, cos 2, … */
  readonly waves: Float64Array;
};

/** Higher harmonics follow from the first by the addition theorem. @param angles of the first harmonic on each day */
const periodOf = (angles: Float64Array, order: number): Period => {
  const days = angles.length;
  const waves = new Float64Array(2 * order * days);
  for (let day = 0; day < days; day += 1) {
    const sin1 = Math.sin(angles[day]!);
    const cos1 = Math.cos(angles[day]!);
    let sin = sin1;
    let cos = cos1;
    for (let k = 0; k < order; k += 1) {
      waves[2 * k * days + day] = sin;
      waves[(2 * k + 1) * days + day] = cos;
      const nextSin = sin * cos1 + cos * sin1;
      cos = cos * cos1 - sin * sin1;
      sin = nextSin;
    }
  }
  return { days, waves };
};

const anglesOf = (periodDays: number, days: number): Float64Array => Float64Array.from({ length: days }, (_, day) => (2 * Math.PI * (day % periodDays)) / periodDays);

// Computed once: sines were half the cost of a design, and its days are the same for all products.
export const WEEK = periodOf(anglesOf(7, 7), WEEKLY_ORDER);
/** A month is a period too, of 28 to 31 days: its first day is its beginning whatever its length. */
export const MONTH = periodOf(perCalendarDay(({ dayOfMonth, daysInMonth }) => (2 * Math.PI * (dayOfMonth - 1)) / daysInMonth), MONTHLY_ORDER_MAX);
export const YEAR = periodOf(anglesOf(365.25, CYCLE_DAYS), YEARLY_ORDER_MAX);

const placeOf = (day: EpochDay, period: number): number => (day < 0 ? period - 1 - ((-1 - day) % period) : day % period);

/** Writes sin and cos of harmonics 1 … order as one column after the other, from `at` on: sin 1, cos 1, sin 2, cos 2, … */
export const writeHarmonics = (days: Int32Array, { days: period, waves }: Period, order: number, into: Float64Array, at: number): void => {
  const n = days.length;
  const places = new Int32Array(n);
  for (let i = 0; i < n; i += 1) places[i] = placeOf(days[i]!, period);
  for (let wave = 0; wave < 2 * order; wave += 1) {
    for (let i = 0; i < n; i += 1) into[at + wave * n + i] = waves[wave * period + places[i]!]!;
  }
};

/** The sum of a day's harmonics 1 … order, weighted by `coefficients[at …]` in the order in which they are written. */
export const curveOn = (day: EpochDay, { days, waves }: Period, order: number, coefficients: ArrayLike<number>, at: number): number => {
  const place = placeOf(day, days);
  let total = 0;
  for (let wave = 0; wave < 2 * order; wave += 2) {
    total += coefficients[at + wave]! * waves[wave * days + place]! + coefficients[at + wave + 1]! * waves[(wave + 1) * days + place]!;
  }
  return total;
};
