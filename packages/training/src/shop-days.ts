/**
 * When the shop was open and when it plans to be. Two sources are heard: the days on which the shop is known to open, and a
 * calendar column named `open` (0 or 1), which a product's own calendar may set for the product alone.
 */
import { toEpochDay } from "@levain/calendar";
import type { DailyColumn, MissingDay, RunContext } from "@levain/contracts";
import type { EpochDay } from "@levain/forecast";

export type ShopDays = {
  /** Whether a day of the past counts, with demand zero where it has no row. */
  isOpen(day: EpochDay, hasRow: boolean): boolean;
  /** Days after the cutoff on which the shop plans to open, or will by its weekdays where nothing is planned, ascending; none = not known. */
  readonly ahead: readonly EpochDay[];
};

export const shopDays = (context: RunContext, missingDay: MissingDay, openColumn: DailyColumn | null): ShopDays => {
  const known = new Set(context.openDays.map(toEpochDay));
  const calendar = openColumn === null ? null : openCalendar(openColumn);
  const isAllowed = (day: EpochDay): boolean => calendar === null || calendar.isOpen(day) !== false;
  const [cutoff, last] = [toEpochDay(context.cutoff), toEpochDay(context.lastDay)];
  const planned = agreed([...known].filter((day) => day > cutoff && day <= last), calendar?.openDays.filter((day) => day > cutoff && day <= last) ?? []);
  return {
    isOpen: (day, hasRow) => isAllowed(day) && (missingDay === "closed" ? hasRow : known.has(day)),
    ahead: planned.length > 0 ? completed(planned, cutoff, last) : onUsualWeekdays(known, cutoff, last),
  };
};

type OpenCalendar = { isOpen(day: EpochDay): boolean | null; readonly openDays: readonly EpochDay[] };

/** A calendar says zero where it says nothing, so it is believed only from its first open day to its last. */
const openCalendar = ({ firstDay, values }: DailyColumn): OpenCalendar | null => {
  const start = toEpochDay(firstDay);
  const openDays = values.flatMap((value, i) => (value !== null && value > 0 ? [start + i] : []));
  const [first, last] = [openDays[0], openDays.at(-1)];
  if (first === undefined || last === undefined) return null;
  return {
    openDays,
    isOpen: (day) => {
      const value = values[day - start] ?? null;
      return day < first || day > last || value === null ? null : value > 0;
    },
  };
};

/** The days both plans have; where only one knows, or they have none in common, what one of them says. */
const agreed = (planned: readonly EpochDay[], fromCalendar: readonly EpochDay[]): readonly EpochDay[] => {
  if (planned.length === 0) return fromCalendar;
  const both = planned.filter((day) => fromCalendar.includes(day));
  return both.length > 0 ? both : planned;
};

/** Days. A shop that trades opens at least once a week: a plan that ends earlier than that before the horizon is not finished. */
const UNPLANNED_DAYS_MAX = 7;

/** A plan made for a part of the horizon does not say that the rest is closed: days beyond it count as open. */
const completed = (ahead: readonly EpochDay[], cutoff: EpochDay, last: EpochDay): readonly EpochDay[] => {
  const sorted = ahead.toSorted((a, b) => a - b);
  const reach = sorted.at(-1) ?? cutoff;
  if (last - reach < UNPLANNED_DAYS_MAX) return sorted;
  return [...sorted, ...Array.from({ length: last - reach }, (_, i) => reach + 1 + i)];
};

/** Weeks that a weekday's habit is told from at most, and at least. */
const WEEKS_MAX = 52;
const WEEKS_MIN = 8;
/** A Sunday before Christmas does not make a shop that opens on Sundays; a summer of Sundays does. */
const OPEN_SHARE_MIN = 0.1;

/** Where nothing is planned: the days of all weekdays on which the shop ever opens. None when it opens on each of them, or too little is known. */
const onUsualWeekdays = (known: ReadonlySet<EpochDay>, cutoff: EpochDay, last: EpochDay): readonly EpochDay[] => {
  const past = [...known].filter((day) => day > cutoff - 7 * WEEKS_MAX && day <= cutoff);
  const weeks = (cutoff - Math.min(...past)) / 7;
  if (!(weeks >= WEEKS_MIN)) return [];
  const isUsual = (day: EpochDay) => past.filter((each) => (day - each) % 7 === 0).length >= OPEN_SHARE_MIN * weeks;
  const ahead = Array.from({ length: last - cutoff }, (_, i) => cutoff + 1 + i);
  return [0, 1, 2, 3, 4, 5, 6].every((weekday) => isUsual(weekday)) ? [] : ahead.filter(isUsual);
};
