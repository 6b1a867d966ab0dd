/**
 * The tick of the nightly plan. The scheduler lives in Redis and may be set by every process at every start: same name,
 * same pattern, one scheduler. A tick that is missed or doubled does no harm, because the ledger in Postgres decides
 * which nights are due; so the job carries nothing.
 */
import type { NightlyTickJob } from "@levain/contracts";

export const NIGHTLY_SCHEDULER = "tick";

export const NIGHTLY_TICK: NightlyTickJob = { version: 1 };

const DAY_MINUTES = 1_440;

/** A cron pattern with seconds, in UTC. @throws RangeError where hours would not divide evenly, but for a whole day */
export function tickPattern(everyMinutes: number): string {
  if (everyMinutes === DAY_MINUTES) return "0 0 0 * * *";
  if (!Number.isInteger(everyMinutes) || everyMinutes < 1 || 60 % everyMinutes !== 0) {
    throw new RangeError(`expected minutes that divide an hour evenly, such as 5, 15 or 60, or a day of 1440; got ${everyMinutes}`);
  }
  return everyMinutes === 60 ? "0 0 * * * *" : `0 */${everyMinutes} * * * *`;
}
