/** A shop that does not exist: two years of a bakery with all that a real one has, for whoever must train before anyone asked. */
import { fromEpochDay, toEpochDay } from "@levain/calendar";
import type { BusinessDay, Product, RunContext, Sales } from "@levain/contracts";

const CUTOFF = toEpochDay("2026-05-31");
const HISTORY_DAYS = 730;
const HORIZON_DAYS = 14;
const FIRST_DAY = CUTOFF - HISTORY_DAYS + 1;
const LAST_DAY = CUTOFF + HORIZON_DAYS;

/** Units on an ordinary day, one of each demand class: each is tuned among other families. */
const LEVELS = [60, 8, 2, 0.4];

/** Every Sunday the shop is closed. */
const isOpen = (day: number): boolean => day % 7 !== 3;
const YEAR_DAYS = 365.25;
const season = (day: number): number => (1 - Math.cos((2 * Math.PI * day) / YEAR_DAYS)) / 2;

/** Between 0 and 1, looks like chance and is the same in every process. */
const scatter = (day: number, salt: number): number => {
  const large = Math.sin(12.9898 * day + 78.233 * salt) * 43_758.5453;
  return large - Math.floor(large);
};

const days = Array.from({ length: LAST_DAY - FIRST_DAY + 1 }, (_, i) => FIRST_DAY + i);
const column = (name: string, source: "weather" | "traffic" | "events", valueOf: (day: number) => number): RunContext["regressors"][number] => ({
  name,
  source,
  isKnownAhead: source === "events",
  values: days.map(valueOf),
});
const yearly = (name: string, first: BusinessDay): RunContext["specialDays"][number] => ({
  name,
  days: [0, 1, 2].map((year) => fromEpochDay(toEpochDay(first) + Math.round(year * YEAR_DAYS))),
});

export const madeUpContext: RunContext = {
  version: 1,
  firstDay: fromEpochDay(FIRST_DAY),
  cutoff: fromEpochDay(CUTOFF),
  lastDay: fromEpochDay(LAST_DAY),
  openDays: days.filter(isOpen).map(fromEpochDay),
  regressors: [
    column("temperature_c", "weather", (day) => 2 + 18 * season(day) + 6 * scatter(day, 1)),
    column("precipitation_mm", "weather", (day) => Math.max(0, 20 * scatter(day, 2) - 12)),
    column("wind_speed_kmh", "weather", (day) => 25 * scatter(day, 3)),
    column("cloud_cover", "weather", (day) => 100 * scatter(day, 4)),
    column("passers_by", "traffic", (day) => 3_000 + 2_000 * scatter(day, 5)),
    column("street_fair", "events", (day) => (day % 91 < 2 ? 1 : 0)),
    column("school_holiday", "events", (day) => (day % 90 < 14 ? 1 : 0)),
  ],
  specialDays: [
    yearly("New Year", "2025-01-01"),
    yearly("Easter Monday", "2024-06-10"),
    yearly("May Day", "2025-05-01"),
    yearly("Unity Day", "2024-10-03"),
    yearly("Christmas Day", "2024-12-25"),
  ],
  absentSources: [],
};

/** The demand classes take turns. @param number counts from 0 */
export const madeUpProduct = (number: number): Product => ({ id: `made-up-${number}`, name: `Made up ${number}`, isDiscontinued: false, hasOwnEvents: false });

export const madeUpSales = (number: number): Sales => {
  const level = LEVELS[number % LEVELS.length] ?? 0;
  const salt = 10 + number;
  const soldOn = (day: number): number => {
    const expected = level * (1 + 0.4 * (day % 7 === 2 ? 1 : 0) + 0.3 * season(day)) * (0.7 + 0.6 * scatter(day, salt));
    return level >= 1 ? Math.round(expected) : scatter(day, salt + 1) < level ? 1 : 0;
  };
  const records = days.filter((day) => day <= CUTOFF && isOpen(day)).map((day) => ({ day: fromEpochDay(day), quantity: soldOn(day) }));
  return { kind: "daily", records, unreadable: { count: 0, examples: [] } };
};
