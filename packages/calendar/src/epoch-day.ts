/** Business days as whole numbers and back. Days are counted in the calendar alone: no zone, no clock, no DST. */
import type { EpochDay } from "@levain/forecast";

/** `YYYY-MM-DD`, a date that exists. The word and its check live in contracts, beside which this package stands. */
export type BusinessDay = string;

export const DAY_MS = 86_400_000;

/** @throws RangeError for anything that is not a date of the calendar, written `YYYY-MM-DD` */
export const toEpochDay = (day: BusinessDay): EpochDay => {
  const known = remembered.get(day);
  if (known !== undefined) return known;
  const midnight = Date.parse(`${day}T00:00:00Z`);
  // Date.parse lets 30 February be 2 March.
  if (Number.isNaN(midnight) || dateOf(midnight) !== day) throw new RangeError(`expected a date such as 2026-05-01, got ${JSON.stringify(day)}`);
  if (remembered.size >= REMEMBERED_MAX) remembered.clear();
  remembered.set(day, midnight / DAY_MS);
  return midnight / DAY_MS;
};

/** Every product of a run has the same few thousand dates; reading one takes ten times as long as finding it here. */
const remembered = new Map<BusinessDay, EpochDay>();
/** Dates; over two centuries. */
const REMEMBERED_MAX = 80_000;

export const fromEpochDay = (day: EpochDay): BusinessDay => {
  if (!Number.isInteger(day)) throw new RangeError(`expected whole days since 1970-01-01, got ${day}`);
  return dateOf(day * DAY_MS);
};

/** The day `days` later; earlier when negative. */
export const addDays = (day: BusinessDay, days: number): BusinessDay => fromEpochDay(toEpochDay(day) + days);

/** The date a reading shows: milliseconds since 1970-01-01 00:00 on the clock read, whatever its zone. */
export const dateOf = (reading: number): BusinessDay => new Date(reading).toISOString().slice(0, 10);
