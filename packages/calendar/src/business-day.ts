/** Instants onto a tenant's business days, and back to where a day begins. */
import { type BusinessDay, DAY_MS, dateOf, toEpochDay } from "./epoch-day.js";
import { firstInstantPast, readingAt } from "./zone-clock.js";

/** The date on a wall calendar in the zone. @throws RangeError for an invalid instant or an unknown zone */
export const businessDayOf = (instant: Date, timeZone: string): BusinessDay => dateOf(readingAt(instant.getTime(), timeZone));

/** Minutes that the zone's clock shows since midnight, 0 to 1439, whatever was skipped or repeated before. */
export const minuteOfDay = (instant: Date, timeZone: string): number => {
  const reading = readingAt(instant.getTime(), timeZone);
  return Math.floor((((reading % DAY_MS) + DAY_MS) % DAY_MS) / MINUTE_MS);
};

const MINUTE_MS = 60_000;

/**
 * The first instant of a day: not midnight where the clocks skip it, as in Santiago or Beirut in spring. A date that a zone
 * left out altogether, such as 2011-12-30 in Samoa, has no length: it begins where the next day does.
 */
export const startOfBusinessDay = (day: BusinessDay, timeZone: string): Date => new Date(firstInstantPast(toEpochDay(day) * DAY_MS, timeZone));
