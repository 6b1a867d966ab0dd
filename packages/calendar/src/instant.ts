/** Timestamps as tills write them, in any of four forms, onto the one instant they mean. */
import { toDate } from "date-fns-tz";
import { DAY_MS } from "./epoch-day.js";
import { firstInstantPast, instantAt } from "./zone-clock.js";

/**
 * The instant of a timestamp:
 * - ISO 8601 with an offset (`2026-05-01T06:30:00+02:00`, `…Z`),
 * - ISO 8601 without one: the tenant's local time (`2026-05-01T06:30`, `2026-05-01 06:30:00`); a date alone is where that day begins,
 * - epoch seconds (below 10¹¹ in size, so until the year 5138), also as ten digits of text,
 * - epoch milliseconds, also as thirteen digits of text.
 *
 * @throws RangeError saying what came, when it is none of these, no date of the calendar, or not between 1900 and 2200
 */
export const instantOf = (timestamp: string | number, timeZone: string): Date => {
  const instant = typeof timestamp === "number" ? ofEpoch(timestamp) : ofText(timestamp.trim(), timeZone);
  // Also false for NaN.
  if (!(instant >= EARLIEST && instant < LATEST)) {
    throw new RangeError(`expected a timestamp (ISO 8601, epoch seconds or epoch milliseconds), got ${JSON.stringify(timestamp).slice(0, SHOWN_MAX)}`);
  }
  return new Date(instant);
};

/** Below zero when `a` is earlier, zero when both are the same instant, however each is written. */
export const compareInstants = (a: string | number, b: string | number, timeZone: string): number =>
  instantOf(a, timeZone).getTime() - instantOf(b, timeZone).getTime();

/** Nothing a till tells is from outside this span: what reads so was in another unit. */
const EARLIEST = Date.UTC(1900, 0, 1);
const LATEST = Date.UTC(2200, 0, 1);
/** As milliseconds this is March 1973, as seconds the year 5138. */
const SECONDS_MAX = 1e11;
/** Characters of a refused timestamp that are repeated in the message. */
const SHOWN_MAX = 60;

const EPOCH_TEXT = /^(?:\d{10}|\d{13})$/;
const ISO = /^(\d{4}-\d{2}-\d{2})(?:[T ]((?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:[.,]\d{1,9})?)?) ?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i;

const ofEpoch = (epoch: number): number => Math.round(Math.abs(epoch) < SECONDS_MAX ? epoch * 1000 : epoch);

const ofText = (text: string, timeZone: string): number => {
  if (EPOCH_TEXT.test(text)) return ofEpoch(Number(text));
  // date-fns-tz also reads "26" as the year 2600 and 24:00 as the midnight before: only what is certain gets to it.
  const match = ISO.exec(text);
  if (!match) return Number.NaN;
  const [, date, time = "00:00", offset] = match;
  // Read as if in UTC, text without an offset gives its reading, which then finds its instant in the tenant's zone.
  const reading = toDate(`${date}T${time}${offset?.toUpperCase() ?? "Z"}`).getTime();
  if (Number.isNaN(reading) || offset !== undefined) return reading;
  return reading % DAY_MS === 0 && match[2] === undefined ? firstInstantPast(reading, timeZone) : instantAt(reading, timeZone);
};
