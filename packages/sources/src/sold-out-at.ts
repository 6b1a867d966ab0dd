/** When the shelf was empty, however a till or a spreadsheet writes it, as a time of day on the tenant's clock. */
import { businessDayOf, instantOf, minuteOfDay } from "@levain/calendar";
import type { BusinessDay, LocalTime } from "@levain/contracts";

/**
 * @param value a time of day (`15:40`, `9:05:30`), or a timestamp of that day in any form that `instantOf` knows
 * @throws RangeError when it is neither, or of another day
 */
export function soldOutTime(value: string | number, day: BusinessDay, timeZone: string): LocalTime {
  const clock = typeof value === "string" ? CLOCK.exec(value.trim()) : null;
  if (clock) return `${clock[1]?.padStart(2, "0")}:${clock[2]}`;
  // A date alone is a timestamp elsewhere, and says nothing here.
  if (typeof value === "string" && DATE.test(value.trim())) throw new RangeError(`expected a time of the day, got ${JSON.stringify(value)}`);
  const instant = instantOf(value, timeZone);
  const its = businessDayOf(instant, timeZone);
  if (its !== day) throw new RangeError(`expected a time on ${day}, got one on ${its}`);
  return clockOf(minuteOfDay(instant, timeZone));
}

const CLOCK = /^(\d|[01]\d|2[0-3]):([0-5]\d)(?::[0-5]\d)?$/;
const DATE = /^\d{4}-\d\d-\d\d$/;

const clockOf = (minute: number): LocalTime => [Math.floor(minute / 60), minute % 60].map((part) => String(part).padStart(2, "0")).join(":");
