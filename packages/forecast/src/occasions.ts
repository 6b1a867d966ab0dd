/* oxlint-disable typescript/no-non-null-assertion -- a day's place in the cycle is within its tables */
/**
 * Stretches of days that people spend differently, known from the calendar alone. A public holiday next to a weekend
 * makes a long weekend of it, with a working day between them as a bridge: towns empty and seaside towns fill. And from
 * Advent to the first days of January nearly every shop has weeks of its own, too short for a yearly curve whose finest
 * wave is five weeks long.
 */
import { perCalendarDay, placeInCycle } from "./calendar-cycle.js";
import type { SpecialDay } from "./drivers.js";
import type { EpochDay } from "./series.js";
import { weekdayOf } from "./series.js";

/** A name for people, and how much of the occasion a day has: 0 none, 1 all of it. */
export type Occasion = { readonly name: string; readonly strengthOn: (day: EpochDay) => number };

const SATURDAY = 5;
/** Days off in a row from which a weekend is a long one. */
const LONG_WEEKEND_DAYS = 3;

/** Days of a month, both ends included. A rising occasion grows evenly to all of its strength on the last day. */
const TURN_OF_THE_YEAR: readonly { readonly name: string; readonly month: number; readonly from: number; readonly until: number; readonly isRising?: true }[] = [
  { name: "Advent", month: 12, from: 1, until: 24, isRising: true },
  { name: "last days before Christmas", month: 12, from: 20, until: 23 },
  { name: "day before Christmas Eve", month: 12, from: 23, until: 23 },
  { name: "between Christmas and New Year", month: 12, from: 27, until: 30 },
  { name: "first days of January", month: 1, from: 2, until: 6 },
];

/** Told once for each list of special days: every fold and every forecast of a product asks for the same. */
export const occasionsOf = (specialDays: readonly SpecialDay[]): readonly Occasion[] => {
  const known = told.get(specialDays);
  if (known) return known;
  const occasions = [...longWeekends(specialDays), ...STRETCHES];
  told.set(specialDays, occasions);
  return occasions;
};

const told = new WeakMap<readonly SpecialDay[], readonly Occasion[]>();

/** Whether one of the days has something of an occasion. A loop: `some` takes three times as long. */
export const fallsOnAny = ({ strengthOn }: Occasion, days: Int32Array): boolean => {
  for (let i = 0; i < days.length; i += 1) if (strengthOn(days[i]!) > 0) return true;
  return false;
};

/** Days off around a public holiday, bridged where one working day is left between; the holiday itself has effects of its own. */
const longWeekends = (specialDays: readonly SpecialDay[]): Occasion[] => {
  const holidays = new Set(specialDays.flatMap(({ days }) => days));
  const isFree = (day: EpochDay) => holidays.has(day) || weekdayOf(day) >= SATURDAY;
  const isBridge = (day: EpochDay) => !isFree(day) && isFree(day - 1) && isFree(day + 1) && (holidays.has(day - 1) || holidays.has(day + 1));
  const isOff = (day: EpochDay) => isFree(day) || isBridge(day);
  const members = new Set<EpochDay>();
  const bridges = new Set([...holidays].flatMap((holiday) => [holiday - 1, holiday + 1]).filter(isBridge));
  for (const holiday of holidays) {
    if (weekdayOf(holiday) >= SATURDAY) continue;
    let first = holiday;
    while (isOff(first - 1)) first -= 1;
    let last = holiday;
    while (isOff(last + 1)) last += 1;
    if (last - first + 1 < LONG_WEEKEND_DAYS) continue;
    for (let day = first; day <= last; day += 1) if (!holidays.has(day)) members.add(day);
  }
  return [
    { name: "long weekend", strengthOn: wholeOn(members) },
    { name: "bridge day", strengthOn: wholeOn(bridges) },
  ];
};

/** All of an occasion on some days. A place for every day between them: asking a set takes ten times as long. */
const wholeOn = (members: ReadonlySet<EpochDay>): Occasion["strengthOn"] => {
  const first = Math.min(...members);
  const strengths = new Uint8Array(members.size === 0 ? 0 : Math.max(...members) - first + 1);
  for (const day of members) strengths[day - first] = 1;
  return (day) => strengths[day - first] ?? 0;
};

/** Computed once for all products: what day of the year a day is repeats every four years. */
const stretchOfMonth = ({ name, month, from, until, isRising }: (typeof TURN_OF_THE_YEAR)[number]): Occasion => {
  const strengths = perCalendarDay(({ month: each, dayOfMonth }) => {
    if (each !== month || dayOfMonth < from || dayOfMonth > until) return 0;
    return isRising ? (dayOfMonth - from + 1) / (until - from + 1) : 1;
  });
  return { name, strengthOn: (day) => strengths[placeInCycle(day)]! };
};

const STRETCHES: readonly Occasion[] = TURN_OF_THE_YEAR.map(stretchOfMonth);
