/**
 * The tick of the nightly plan. The scheduler lives in Redis and may be set by every process at every start: same name,
 * same pattern, one scheduler. A tick that is missed or doubled does no harm, because the ledger in Postgres decides
 * which nights are due; so the job carries nothing.
 */
import type { NightlyTickJob } from "@levain/contracts";

export const NIGHTLY_SCHEDULER = "tick";

export const NIGHTLY_TICK: NightlyTickJob = { version: 1 };

const DAY_MINUTES = 1_440;

/**
 * A cron pattern with seconds, in UTC.
 *
 * @param offsetMinutes by which each tick comes after the even time, so that fleets which ask the same upstreams need not all come at the full hour
 * @throws RangeError where hours would not divide evenly, but for a whole day; where the offset is not within one tick and the next
 */
export function tickPattern(everyMinutes: number, offsetMinutes = 0): string {
  if (everyMinutes !== DAY_MINUTES && (!Number.isInteger(everyMinutes) || everyMinutes < 1 || 60 % everyMinutes !== 0)) {
    throw new RangeError(`expected minutes that divide an hour evenly, such as 5, 15 or 60, or a day of 1440; got ${everyMinutes}`);
  }
  if (!Number.isInteger(offsetMinutes) || offsetMinutes < 0 || offsetMinutes >= everyMinutes) throw new RangeError(`expected an offset of 0 to ${everyMinutes - 1} minutes, got ${offsetMinutes}`);
  if (everyMinutes === DAY_MINUTES) return `0 ${offsetMinutes % 60} ${Math.floor(offsetMinutes / 60)} * * *`;
  if (everyMinutes < 60 && offsetMinutes === 0) return `0 */${everyMinutes} * * * *`;
  return `0 ${Array.from({ length: 60 / everyMinutes }, (_, tick) => offsetMinutes + tick * everyMinutes).join()} * * * *`;
}
