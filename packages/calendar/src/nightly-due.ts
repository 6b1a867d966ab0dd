/** When a tenant's night is due. */
import { type BusinessDay, DAY_MS, toEpochDay } from "./epoch-day.js";
import { instantAt } from "./zone-clock.js";

const MINUTE_MS = 60_000;
const LOCAL_TIME = /^([01]\d|2[0-3]):([0-5]\d)$/;

/**
 * The one instant of a local date at which its night is due. Repeated in autumn, the local time counts when it first
 * comes; skipped in spring, it is moved on by what was skipped, but never out of its date.
 *
 * @param nightlyAt local time, `HH:MM`
 */
export const nightlyDue = (day: BusinessDay, nightlyAt: string, timeZone: string): Date => {
  const match = LOCAL_TIME.exec(nightlyAt);
  if (!match) throw new RangeError(`expected a local time HH:MM, got ${JSON.stringify(nightlyAt)}`);
  const minutes = Number(match[1]) * 60 + Number(match[2]);
  return new Date(instantAt(toEpochDay(day) * DAY_MS + minutes * MINUTE_MS, timeZone));
};
