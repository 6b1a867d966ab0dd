/** Public holidays by country and subdivision, from the date-holidays library. */
import { addDays } from "@levain/calendar";
import type { BusinessDay } from "@levain/contracts";
import Holidays from "date-holidays";
import type { DayRange } from "./daily-columns.js";

export type PublicHoliday = { readonly name: string; readonly days: readonly BusinessDay[] };

const DAY_MS = 86_400_000;
/** A day on which the clocks change is shorter than others, and still a day. Half days beside whole ones do not count. */
const CLOCK_CHANGE_MS = 2 * 3_600_000;

/**
 * Each public holiday of the range with its days, ascending, under the name it has in its country. A country that the library
 * does not know has none; of a subdivision that it does not know, those of the country.
 */
export function publicHolidays(country: string, subdivision: string | undefined, range: DayRange): PublicHoliday[] {
  const calendar = subdivision === undefined ? new Holidays(country, { types: ["public"] }) : new Holidays(country, subdivision, { types: ["public"] });
  const byName = new Map<string, Set<BusinessDay>>();
  // From the year before: a holiday of several days may reach over New Year.
  for (let year = yearOf(range.from) - 1; year <= yearOf(range.until); year += 1) {
    for (const { date, start, end, name } of calendar.getHolidays(year)) {
      const firstDay = date.slice(0, 10);
      const length = Math.max(1, Math.floor((end.getTime() - start.getTime() + CLOCK_CHANGE_MS) / DAY_MS));
      for (let offset = 0; offset < length; offset += 1) {
        const day = addDays(firstDay, offset);
        if (day < range.from || day > range.until) continue;
        byName.set(name, (byName.get(name) ?? new Set()).add(day));
      }
    }
  }
  return [...byName].map(([name, days]) => ({ name, days: [...days].sort() }));
}

const yearOf = (day: BusinessDay): number => Number(day.slice(0, 4));
