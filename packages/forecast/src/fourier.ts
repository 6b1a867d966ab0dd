/* oxlint-disable typescript/no-non-null-assertion -- a day's place in its table is taken modulo the length of it */
/** Smooth periodic curves as sums of sines and cosines (Harvey & Shephard 1993; Taylor & Letham 2018). */
import { CYCLE_DAYS, perCalendarDay } from "./calendar-cycle.js";
import type { EpochDay } from "./series.js";

/** Three harmonics of a week are six columns: with a level, any pattern of seven weekdays. */
export const WEEKLY_ORDER = 3;

/** The first harmonic of each day until the period returns to the same day: after one week, after four years. */
export type Period = { readonly days: number; readonly sin: Float64Array; readonly cos: Float64Array };

const wavesOf = (periodDays: number, days: number): Period => {
  const angles = Float64Array.from({ length: days }, (_, day) => (2 * Math.PI * (day % periodDays)) / periodDays);
  return { days, sin: angles.map(Math.sin), cos: angles.map(Math.cos) };
};

/** A month is a period too, of 28 to 31 days: its first day is its beginning whatever its length. */
const monthlyWaves = (): Period => {
  const angles = perCalendarDay(({ dayOfMonth, daysInMonth }) => (2 * Math.PI * (dayOfMonth - 1)) / daysInMonth);
  return { days: CYCLE_DAYS, sin: angles.map(Math.sin), cos: angles.map(Math.cos) };
};

// Computed once: sines were half the cost of a design, and its days are the same for all products.
export const WEEK = wavesOf(7, 7);
export const MONTH = monthlyWaves();
export const YEAR = wavesOf(365.25, CYCLE_DAYS);

/**
 * Writes sin and cos of harmonics 1 … order of one day, `stride` apart: sin 1, cos 1, sin 2, cos 2, … Higher harmonics
 * follow from the first by the addition theorem.
 */
export const writeHarmonics = (day: EpochDay, { days, sin: sines, cos: cosines }: Period, order: number, into: Float64Array, at: number, stride: number): void => {
  const place = day < 0 ? days - 1 - ((-1 - day) % days) : day % days;
  const sin1 = sines[place]!;
  const cos1 = cosines[place]!;
  let sin = sin1;
  let cos = cos1;
  for (let k = 0; k < order; k += 1) {
    into[at + 2 * k * stride] = sin;
    into[at + (2 * k + 1) * stride] = cos;
    const nextSin = sin * cos1 + cos * sin1;
    cos = cos * cos1 - sin * sin1;
    sin = nextSin;
  }
};

/** The sum of a day's harmonics 1 … order, weighted by `coefficients[at …]` in the order in which they are written. */
export const curveOn = (day: EpochDay, { days, sin: sines, cos: cosines }: Period, order: number, coefficients: ArrayLike<number>, at: number): number => {
  const place = day < 0 ? days - 1 - ((-1 - day) % days) : day % days;
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
