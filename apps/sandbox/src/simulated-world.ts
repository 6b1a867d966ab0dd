/**
 * The surroundings of a simulated bakery: opening days, weather, passers-by and events of any day, past or ahead. A day's
 * figures follow from the seed and the date alone.
 */
import { fromEpochDay, toEpochDay } from "@levain/calendar";
import type { BusinessDay } from "@levain/contracts";
import { publicHolidays, type FolderTenant } from "@levain/sources";
import { chanceOf, gaussian } from "./chance.js";

export type WeatherDay = { readonly temperature: number; readonly rain: number; readonly wind: number; readonly clouds: number };

export type World = {
  isOpen(day: number): boolean;
  isHoliday(day: number): boolean;
  weather(day: number): WeatherDay;
  passersBy(day: number): number;
  /** Days of the market square's fair: the second Saturday of a month and the day after. */
  isFair(day: number): boolean;
  isSchoolHoliday(day: number): boolean;
};

/** 0 is Monday. 1970-01-01 was a Thursday. */
export const weekdayOf = (day: number): number => (day + 3) % 7;

/** In [0, 1): how far the year has gone. */
export const yearShare = (day: number): number => (day % 365.2425) / 365.2425;

/** Days over which warm and cold spells last. */
const SPELL_DAYS = 9;
/** Public holidays on which no oven is lit, as month and day. */
const SHUT_DATES: ReadonlySet<string> = new Set(["01-01", "12-25", "12-26"]);
/** Summer closure: from the first Monday of August, two weeks. */
const SUMMER_CLOSURE_DAYS = 14;

export function simulateWorld(seed: number, tenant: FolderTenant): World {
  const holidays = holidaysByYear(tenant);
  const remembered = new Map<number, WeatherDay>();
  const isHoliday = (day: number): boolean => holidays(day).has(day);
  const isSchoolHoliday = (day: number): boolean => {
    const share = yearShare(day);
    return (share > 0.53 && share < 0.65) || share > 0.975 || share < 0.01 || (share > 0.78 && share < 0.815);
  };
  const isFair = (day: number): boolean => {
    const saturday = weekdayOf(day) === 6 ? day - 1 : day;
    const date = dayOfMonth(saturday);
    return weekdayOf(saturday) === 5 && date > 7 && date <= 14;
  };
  const weather = (day: number): WeatherDay => {
    const known = remembered.get(day) ?? weatherOf(seed, day);
    remembered.set(day, known);
    return known;
  };
  return {
    isOpen: (day) => weekdayOf(day) !== 0 && !SHUT_DATES.has(fromEpochDay(day).slice(5)) && !isSummerClosure(day),
    isHoliday,
    isFair,
    isSchoolHoliday,
    weather,
    passersBy: (day) => {
      const mood = 1 + 0.1 * gaussian(chanceOf(seed, "passers-by", day)) - 0.02 * Math.min(10, weather(day).rain);
      const occasion = (isFair(day) ? 1.5 : 1) * (isHoliday(day) ? 0.7 : 1) * (isSchoolHoliday(day) ? 0.92 : 1);
      return Math.round(([0.8, 0.9, 0.95, 1, 1.15, 1.4, 0.8][weekdayOf(day)] ?? 1) * 4_000 * Math.max(0.2, mood) * occasion);
    },
  };
}

function weatherOf(seed: number, day: number): WeatherDay {
  const chance = chanceOf(seed, "weather", day);
  const season = -Math.cos(2 * Math.PI * (yearShare(day) - 0.055));
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

function isSummerClosure(day: number): boolean {
  const date = fromEpochDay(day);
  const augustFirst = toEpochDay(`${date.slice(0, 4)}-08-01`);
  const firstMonday = augustFirst + ((7 - weekdayOf(augustFirst)) % 7);
  return day >= firstMonday && day < firstMonday + SUMMER_CLOSURE_DAYS;
}

const dayOfMonth = (day: number): number => Number(fromEpochDay(day).slice(8));

function holidaysByYear(tenant: FolderTenant): (day: number) => ReadonlySet<number> {
  const years = new Map<string, ReadonlySet<number>>();
  return (day) => {
    const year = fromEpochDay(day).slice(0, 4);
    const known = years.get(year) ?? holidaysOf(tenant, year);
    years.set(year, known);
    return known;
  };
}

const holidaysOf = (tenant: FolderTenant, year: string): ReadonlySet<number> => {
  const range: { from: BusinessDay; until: BusinessDay } = { from: `${year}-01-01`, until: `${year}-12-31` };
  return new Set(publicHolidays(tenant.country, tenant.subdivision, range).flatMap(({ days }) => days.map(toEpochDay)));
};
