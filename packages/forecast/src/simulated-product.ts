/** A product of a bakery that does not exist, for tests and benchmarks: what is in its demand is known, because it was put there. */
import type { Drivers, Regressor } from "./drivers.js";
import { createRandom } from "./random.js";
import type { EpochDay, Series } from "./series.js";
import { weekdayOf } from "./series.js";

export type Recipe = {
  readonly days: number;
  readonly seed: number;
  /** Units on an ordinary weekday. */
  readonly level: number;
  /** Factor of a Saturday, of a day in high summer, of a public holiday. */
  readonly saturday?: number;
  readonly summer?: number;
  readonly holiday?: number;
  /** Spread of the noise, in shares of the day's demand. */
  readonly noise?: number;
  readonly isClosedOn?: (day: EpochDay) => boolean;
};

export type SimulatedProduct = { readonly series: Series; readonly drivers: Drivers; /** Demand without noise. */ expectedOn(day: EpochDay): number };

/** A Monday. */
export const SIMULATION_START: EpochDay = 19_723;
/** Days of drivers beyond the history. */
const DAYS_AHEAD = 28;

export const simulateProduct = ({ days, seed, level, saturday = 1.6, summer = 1.4, holiday = 0.5, noise = 0.15, isClosedOn = () => false }: Recipe): SimulatedProduct => {
  const random = createRandom(seed);
  const start = SIMULATION_START;
  const specialDays = ["spring day", "harvest day", "winter day"].map((name, i) => ({
    name,
    days: Array.from({ length: 8 }, (_, year) => start - 730 + 365 * year + 60 + 110 * i),
  }));
  const holidays = new Set(specialDays.flatMap((special) => special.days));
  const season = (day: EpochDay) => (1 - Math.cos((2 * Math.PI * day) / 365.25)) / 2;
  const expectedOn = (day: EpochDay) =>
    level * (weekdayOf(day) === 5 ? saturday : 1) * (1 + (summer - 1) * season(day)) * (holidays.has(day) ? holiday : 1);
  const y = Float64Array.from({ length: days }, (_, i) => {
    const factor = 1 + noise * (random() + random() + random() + random() - 2) * Math.sqrt(3);
    return isClosedOn(start + i) ? Number.NaN : Math.max(0, Math.round(expectedOn(start + i) * factor));
  });
  const column = (name: string, isKnownAhead: boolean, valueOf: (day: EpochDay) => number): Regressor => ({
    name,
    isKnownAhead,
    start,
    values: Float64Array.from({ length: days + DAYS_AHEAD }, (_, i) => valueOf(start + i)),
  });
  const regressors = [
    column("temperature_c", false, (day) => 5 + 15 * season(day) + 6 * (random() - 0.5)),
    column("precipitation_mm", false, () => (random() < 0.3 ? 10 * random() : 0)),
    column("school_holiday", true, (day) => (day % 90 < 14 ? 1 : 0)),
  ];
  return { series: { start, y }, drivers: { regressors, specialDays }, expectedOn };
};
