/**
 * Month and day of month of an epoch day, by table. They repeat every four years, from 1901 to 2099 without exception,
 * and a date object for each day and column would cost more than the fit.
 */
import type { EpochDay } from "./series.js";

export type CalendarDay = {
  /** 1 to 12. */
  readonly month: number;
  /** From 1. */
  readonly dayOfMonth: number;
  readonly daysInMonth: number;
};

export const CYCLE_DAYS = 1461;
const MS_PER_DAY = 86_400_000;

export const placeInCycle = (day: EpochDay): number => (day < 0 ? CYCLE_DAYS - 1 - ((-1 - day) % CYCLE_DAYS) : day % CYCLE_DAYS);

/** A table of one number per day of the cycle, to be read at `placeInCycle(day)`. */
export const perCalendarDay = (valueOf: (day: CalendarDay) => number): Float64Array =>
  Float64Array.from({ length: CYCLE_DAYS }, (_, place) => {
    const date = new Date(place * MS_PER_DAY);
    const daysInMonth = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
    return valueOf({ month: date.getUTCMonth() + 1, dayOfMonth: date.getUTCDate(), daysInMonth });
  });
