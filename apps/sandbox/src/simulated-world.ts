/**
 * The surroundings of a simulated bakery: opening days, weather, passers-by and events of any day, past or ahead. A day's
 * figures follow from the seed and the date alone.
 */
import { fromEpochDay, toEpochDay } from "@levain/calendar";
import type { BusinessDay } from "@levain/contracts";
import { publicHolidays, type FolderTenant } from "@levain/sources";
import { chanceOf, gaussian } from "./chance.js";

export type WeatherDay = { readonly temperature: number; readonly rain: number; readonly wind: number; readonly clouds: number };

/** One day's surroundings. */
export type WorldDay = {
  readonly date: BusinessDay;
  /** 0 is Monday. */
  readonly weekday: number;
  /** In [0, 1): how far the year has gone. */
  readonly yearShare: number;
  readonly isOpen: boolean;
  readonly isHoliday: boolean;
  readonly isHolidayEve: boolean;
  /** The market square's fair: the second Saturday of a month and the day after. */
  readonly isFair: boolean;
  readonly isSchoolHoliday: boolean;
  readonly weather: WeatherDay;
  readonly passersBy: number;
  /** Standard normal: what moved the whole shop on that day and no figure above tells. */
  readonly mood: number;
};

/** A day of the world; made once. */
export type World = (day: number) => WorldDay;

/** Days over which warm and cold spells last. */
const SPELL_DAYS = 9;
/** Public holidays on which no oven is lit, as month and day. */
const SHUT_DATES: ReadonlySet<string> = new Set(["01-01", "12-25", "12-26"]);
/** Summer closure: from the first Monday of August, two weeks. */
const SUMMER_CLOSURE_DAYS = 14;
const YEAR_DAYS = 365.2425;
/** Parts of the year: winter, summer, autumn and the days before New Year. */
const SCHOOL_HOLIDAYS = [
  { from: 0, until: 0.01 },
  { from: 0.53, until: 0.65 },
  { from: 0.78, until: 0.815 },
  { from: 0.975, until: 1 },
];

export function simulateWorld(seed: number, tenant: FolderTenant): World {
  const isHoliday = holidaysOf(tenant);
  const days = new Map<number, WorldDay>();
  return (day) => {
    const known = days.get(day) ?? worldDay(seed, day, isHoliday);
    days.set(day, known);
    return known;
  };
}

/** Passers-by from Monday to Sunday on a day like any other. */
const PASSERS_BY = [3_200, 3_600, 3_800, 4_000, 4_600, 5_600, 3_200];

function worldDay(seed: number, day: number, isHoliday: (day: number) => boolean): WorldDay {
  const date = fromEpochDay(day);
  const weekday = weekdayOf(day);
  const yearShare = (day % YEAR_DAYS) / YEAR_DAYS;
  const isSchoolHoliday = SCHOOL_HOLIDAYS.some(({ from, until }) => yearShare >= from && yearShare < until);
  const fair = isFair(day, weekday);
  const weather = weatherOf(seed, day, yearShare);
  const occasion = (fair ? 1.5 : 1) * (isHoliday(day) ? 0.7 : 1) * (isSchoolHoliday ? 0.92 : 1);
  const street = 1 + 0.1 * gaussian(chanceOf(seed, "passers-by", day)) - 0.02 * Math.min(10, weather.rain);
  return {
    date,
    weekday,
    yearShare,
    isOpen: weekday !== 0 && !SHUT_DATES.has(date.slice(5)) && !isSummerClosure(day, date),
    isHoliday: isHoliday(day),
    isHolidayEve: isHoliday(day + 1),
    isFair: fair,
    isSchoolHoliday,
    weather,
    passersBy: Math.round((PASSERS_BY[weekday] ?? 0) * Math.max(0.2, street) * occasion),
    mood: gaussian(chanceOf(seed, "mood", day)),
  };
}

/** 1970-01-01 was a Thursday. */
const weekdayOf = (day: number): number => (day + 3) % 7;

function isFair(day: number, weekday: number): boolean {
  if (weekday < 5) return false;
  const saturday = Number(fromEpochDay(day - (weekday - 5)).slice(8));
  return saturday > 7 && saturday <= 14;
}

function weatherOf(seed: number, day: number, yearShare: number): WeatherDay {
  const chance = chanceOf(seed, "weather", day);
  const season = -Math.cos(2 * Math.PI * (yearShare - 0.055));
  const isWet = chance() < 0.42 - 0.05 * season;
  const rain = isWet ? Math.round(-Math.log(1 - chance()) * 45) / 10 : 0;
  return {
    temperature: Math.round((10 + 9.5 * season + 3.2 * spell(seed, "warmth", day)) * 10) / 10,
    rain,
    wind: Math.round(Math.max(2, 13 + 5 * spell(seed, "wind", day)) * 10) / 10,
    clouds: Math.round(Math.min(100, Math.max(0, (isWet ? 80 : 48) + 20 * gaussian(chance)))),
  };
}

/** A standard normal that changes slowly: the sum of the last days' draws. */
function spell(seed: number, name: string, day: number): number {
  let sum = 0;
  for (let back = 0; back < SPELL_DAYS; back += 1) sum += gaussian(chanceOf(seed, name, day - back));
  return sum / Math.sqrt(SPELL_DAYS);
}

function isSummerClosure(day: number, date: BusinessDay): boolean {
  const augustFirst = toEpochDay(`${date.slice(0, 4)}-08-01`);
  const firstMonday = augustFirst + ((7 - weekdayOf(augustFirst)) % 7);
  return day >= firstMonday && day < firstMonday + SUMMER_CLOSURE_DAYS;
}

function holidaysOf(tenant: FolderTenant): (day: number) => boolean {
  const years = new Map<string, ReadonlySet<number>>();
  return (day) => {
    const year = fromEpochDay(day).slice(0, 4);
    let holidays = years.get(year);
    if (!holidays) {
      const range = { from: `${year}-01-01`, until: `${year}-12-31` };
      holidays = new Set(publicHolidays(tenant.country, tenant.subdivision, range).flatMap(({ days }) => days.map(toEpochDay)));
      years.set(year, holidays);
    }
    return holidays.has(day);
  };
}
