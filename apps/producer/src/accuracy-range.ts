/** The days that an accuracy is asked of. */
import { addDays, businessDayOf, toEpochDay } from "@levain/calendar";
import type { AccuracyQuery, Tenant } from "@levain/contracts";
import type { DayRange } from "./deps.js";
import { InvalidRequest } from "./invalid-request.js";

/** Four weeks: as many of each weekday. */
const DAYS = 28;
const DAYS_MAX = 400;

/** Four weeks up to yesterday in the tenant's zone, unless asked otherwise. @throws InvalidRequest for days that are no range, or too many */
export const accuracyRange = ({ from: first, until: last }: Pick<AccuracyQuery, "from" | "until">, { timeZone }: Tenant, now: Date): DayRange => {
  const until = last ?? addDays(businessDayOf(now, timeZone), -1);
  const from = first ?? addDays(until, 1 - DAYS);
  const days = toEpochDay(until) - toEpochDay(from) + 1;
  if (days < 1 || days > DAYS_MAX) throw new InvalidRequest([{ path: "query.from", expected: `a day from ${addDays(until, 1 - DAYS_MAX)} to ${until}`, received: from }]);
  return { from, until };
};
