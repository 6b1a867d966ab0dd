/** Bakeries that do not exist: the demo bakery, and fleets of any size for benchmarks. Nothing is made before it is asked for. */
import { fromEpochDay, toEpochDay } from "@levain/calendar";
import type { BusinessDay, DailyColumn } from "@levain/contracts";
import { columnsOf, FolderTenant, type DailyValue, type DayRange, type FolderEconomics } from "@levain/sources";
import type { Bakery } from "./bakery.js";
import { chanceOf, gaussian } from "./chance.js";
import { DEMO_ECONOMICS, DEMO_PRODUCTS } from "./demo-products.js";
import { fleetProducts } from "./fleet-products.js";
import { receiptsOf } from "./receipts.js";
import { isPromoted, unitsSold, type Habits } from "./simulated-demand.js";
import { simulateWorld } from "./simulated-world.js";

export type Simulation = {
  readonly tenant: FolderTenant;
  readonly economics?: FolderEconomics | null;
  readonly products: readonly Habits[];
  readonly seed: number;
  readonly historyDays: number;
  /** The last day with sales. */
  readonly lastDay: BusinessDay;
};

const DEMO_HISTORY_DAYS = 730;
/** Days after the last one for which opening and events are planned. */
const PLANNED_DAYS = 60;
/** Bounds of a simulated fleet, so that an address cannot ask for the impossible. */
const FLEET_PRODUCTS_MAX = 10_000;
const FLEET_DAYS_MAX = 3_650;
/** Every so many days a sensor of the weather station is out of order. */
const SENSOR_FAULT_EVERY_DAYS = 61;

/** Degrees, one standard deviation, by which the temperature that is forecast errs for each day of lead. */
const FORECAST_ERROR_PER_DAY = 0.35;

const somewhere = (id: string, name: string): FolderTenant =>
  FolderTenant.parse({ id, name, timeZone: "Europe/Berlin", country: "DE", subdivision: "BE", latitude: 52.52, longitude: 13.41 });

export const demoBakery = (lastDay: BusinessDay, seed = 1): Bakery =>
  simulateBakery({ tenant: somewhere("demo-bakery", "Demo bakery"), economics: DEMO_ECONOMICS, products: DEMO_PRODUCTS, seed, historyDays: DEMO_HISTORY_DAYS, lastDay });

/** The bakery called `simulated-<products>x<days>`; null for any other name. */
export function fleetBakery(tenantId: string, lastDay: BusinessDay, seed = 1): Bakery | null {
  const [, products = 0, historyDays = 0] = /^simulated-([1-9]\d{0,4})x([1-9]\d{0,3})$/.exec(tenantId)?.map(Number) ?? [];
  if (products === 0 || products > FLEET_PRODUCTS_MAX || historyDays > FLEET_DAYS_MAX) return null;
  return simulateBakery({ tenant: somewhere(tenantId, `Simulated bakery of ${products} products`), products: fleetProducts(products, seed), seed, historyDays, lastDay });
}

export function simulateBakery({ tenant, economics = null, products, seed, historyDays, lastDay }: Simulation): Bakery {
  const world = simulateWorld(seed, tenant);
  const last = toEpochDay(lastDay);
  const first = last - historyDays + 1;
  const planned = last + PLANNED_DAYS;
  const byId = new Map(products.map((habits) => [habits.id, habits]));

  /** Days of the range between the first and `end`, both included. */
  const clipped = (range: DayRange, end: number): number[] => {
    const from = Math.max(first, toEpochDay(range.from));
    return Array.from({ length: Math.max(0, Math.min(end, toEpochDay(range.until)) - from + 1) }, (_, index) => from + index);
  };
  const openDays = (range: DayRange, end: number): number[] => clipped(range, end).filter((day) => world(day).isOpen);

  return {
    tenant,
    economics,
    firstDay: fromEpochDay(first),
    lastDay,
    products: products.map(({ id, name, discontinued = false, promotion }) => ({ id, name, discontinued, hasOwnEvents: promotion !== undefined })),
    salesOf: (productId, range) => {
      const habits = byId.get(productId);
      const sold = habits ? openDays(range, last).map((day) => ({ day, date: world(day).date, units: unitsSold(habits, seed, world, day, last) })) : [];
      if (habits?.kind !== "transactions") return { kind: "daily", rows: sold.filter(({ units }) => units > 0).map(({ date, units }) => ({ date, quantity: units })) };
      return { kind: "transactions", rows: sold.flatMap(({ day, date, units }) => receiptsOf(date, units, tenant.timeZone, chanceOf(seed, "receipts", productId, day))) };
    },
    openDays: (range) => openDays(range, planned).map((day) => world(day).date),
    weather: (range) => columnsOf(clipped(range, last).flatMap(weatherValues), range, null),
    weatherAhead: (range) => columnsOf(clipped(range, planned).flatMap(weatherAheadValues), range, null),
    traffic: (range) => columnsOf(clipped(range, last).map((day) => ({ date: world(day).date, name: "passers_by", value: world(day).passersBy })), range, null),
    events: (range) => columnsOf(clipped(range, planned).flatMap(eventValues), range, 0),
    productEvents: (productId, range) => promotionsOf(byId.get(productId), range),
  };

  function weatherValues(day: number): DailyValue[] {
    const { date, weather } = world(day);
    const { temperature, rain, wind, clouds } = weather;
    return [
      { date, name: "temperature_c", value: temperature },
      { date, name: "precipitation_mm", value: rain },
      { date, name: "wind_speed_kmh", value: day % SENSOR_FAULT_EVERY_DAYS === 0 ? null : wind },
      { date, name: "cloud_cover", value: clouds },
    ];
  }

  /** Of the temperature more is unknown the further ahead it lies. */
  function weatherAheadValues(day: number): DailyValue[] {
    const error = FORECAST_ERROR_PER_DAY * Math.max(0, day - last - 1) * gaussian(chanceOf(seed, "forecast-error", day));
    return weatherValues(day).map((each) => (each.name === "temperature_c" ? { ...each, value: Math.round(((each.value ?? 0) + error) * 10) / 10 } : each));
  }

  function eventValues(day: number): DailyValue[] {
    const { date, isFair, isSchoolHoliday } = world(day);
    return [
      { date, name: "street_fair", value: isFair ? 1 : 0 },
      { date, name: "school_holiday", value: isSchoolHoliday ? 1 : 0 },
    ];
  }

  function promotionsOf(habits: Habits | undefined, range: DayRange): DailyColumn[] {
    if (!habits?.promotion) return [];
    return columnsOf(clipped(range, planned).map((day) => ({ date: world(day).date, name: "promotion", value: isPromoted(habits, day) ? 1 : 0 })), range, 0);
  }
}
