/**
 * What the clocks of a zone show. A reading is kept as milliseconds since 1970-01-01 00:00 *on that clock*, so that
 * readings can be counted with; it is an instant only together with its zone.
 *
 * On two days of the year the two do not match one to one: readings that are skipped in spring belong to no instant,
 * readings that are repeated in autumn belong to two.
 */
import { getTimezoneOffset } from "date-fns-tz";
import { DAY_MS, dateOf } from "./epoch-day.js";

/** Milliseconds since 1970-01-01 00:00 on a zone's clock. */
export type Reading = number;

/**
 * The reading at an instant. date-fns-tz is not asked here: it answers with a Date whose fields are set in the process's own
 * zone, and an hour which that zone skips comes out an hour late: Saturday 23:30 as Sunday on a server in Greenland.
 *
 * @throws RangeError for a zone that does not exist
 */
export const readingAt = (instantMs: number, timeZone: string): Reading => {
  const shown = clockOf(timeZone).format(instantMs);
  const match = SHOWN.exec(shown);
  if (!match) throw new RangeError(`expected a readable clock in ${timeZone}, got ${JSON.stringify(shown)}`);
  const [, month, day, year, hour, minute, second] = match.map(Number);
  const millisecond = ((instantMs % 1000) + 1000) % 1000;
  return Date.UTC(year ?? 0, (month ?? 0) - 1, day, hour, minute, second, millisecond);
};

/**
 * The instant of a reading. Of a repeated reading the earlier instant. A skipped reading is that of a clock nobody has put
 * forward yet, so the true time is later by what was skipped; where this would be another date, the date is kept:
 * the last millisecond before the skip.
 */
export const instantAt = (reading: Reading, timeZone: string): number => {
  const { before, after } = offsetsAround(reading, timeZone);
  if (before === after) return reading - before;
  const shown = [reading - before, reading - after].filter((instant) => readingAt(instant, timeZone) === reading);
  if (shown.length > 0) return Math.min(...shown);
  const putForward = reading - before;
  const date = dateOf(reading);
  if (dateOf(readingAt(putForward, timeZone)) === date) return putForward;
  const lastBefore = firstInstantPast(reading, timeZone) - 1;
  return dateOf(readingAt(lastBefore, timeZone)) === date ? lastBefore : putForward;
};

/** The first instant at which the clock shows this reading or, where it is skipped, has passed it. */
export const firstInstantPast = (reading: Reading, timeZone: string): number => {
  const { before, after } = offsetsAround(reading, timeZone);
  // A reading is shown at one offset or at the other; a skip lies between what the two would make of it.
  let [early, late] = [reading - Math.max(before, after), reading - Math.min(before, after)];
  if (readingAt(early, timeZone) >= reading) return early;
  while (late - early > 1) {
    const middle = Math.floor((early + late) / 2);
    if (readingAt(middle, timeZone) >= reading) late = middle;
    else early = middle;
  }
  return late;
};

type Offsets = { readonly before: number; readonly after: number };

/** Readings come in their thousands, a till's receipts, but from few days: asking date-fns-tz takes ten times as long as the rest. */
const remembered = new Map<string, Offsets>();
/** Days of zones; ten zones with five years each. */
const REMEMBERED_MAX = 20_000;

/** Milliseconds ahead of UTC the day before and the day after a reading's date: unlike near a change, date-fns-tz is unambiguous there. */
const offsetsAround = (reading: Reading, timeZone: string): Offsets => {
  const day = Math.floor(reading / DAY_MS);
  const key = `${timeZone} ${day}`;
  const known = remembered.get(key);
  if (known) return known;
  const offsets = {
    before: getTimezoneOffset(timeZone, new Date((day - 1) * DAY_MS)),
    after: getTimezoneOffset(timeZone, new Date((day + 2) * DAY_MS)),
  };
  if (remembered.size >= REMEMBERED_MAX) remembered.clear();
  remembered.set(key, offsets);
  return offsets;
};

const SHOWN = /^(\d+)\/(\d+)\/(\d+), (\d+):(\d+):(\d+)$/;

const clocks = new Map<string, Intl.DateTimeFormat>();

/** Making a formatter takes a thousand times as long as using it. */
const clockOf = (timeZone: string): Intl.DateTimeFormat => {
  const known = clocks.get(timeZone);
  if (known) return known;
  const two = "2-digit";
  const clock = new Intl.DateTimeFormat("en-US", { timeZone, hourCycle: "h23", year: "numeric", month: two, day: two, hour: two, minute: two, second: two });
  clocks.set(timeZone, clock);
  return clock;
};
