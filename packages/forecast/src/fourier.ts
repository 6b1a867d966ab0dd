/** Smooth periodic curves as sums of sines and cosines (Harvey & Shephard 1993; Taylor & Letham 2018). */
import type { EpochDay } from "./series.js";

export const WEEK_DAYS = 7;
export const YEAR_DAYS = 365.25;
/** Three harmonics of a week are six columns: with a level, any pattern of seven weekdays. */
export const WEEKLY_ORDER = 3;

/**
 * Writes sin and cos of harmonics 1 … order of one day: `write(2(k−1), sin)`, `write(2(k−1)+1, cos)`.
 * One sine and one cosine per day; higher harmonics by the addition theorem.
 */
export const writeHarmonics = (day: EpochDay, periodDays: number, order: number, write: (index: number, value: number) => void): void => {
  if (order === 0) return;
  const angle = (2 * Math.PI * day) / periodDays;
  const sin1 = Math.sin(angle);
  const cos1 = Math.cos(angle);
  let sin = sin1;
  let cos = cos1;
  for (let k = 0; k < order; k += 1) {
    write(2 * k, sin);
    write(2 * k + 1, cos);
    const nextSin = sin * cos1 + cos * sin1;
    cos = cos * cos1 - sin * sin1;
    sin = nextSin;
  }
};
