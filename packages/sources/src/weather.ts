/** Daily weather near the shop, that was and that is forecast, in the shape of Open-Meteo. */
import { STORED, type DailyColumn, type Tenant } from "@levain/contracts";
import { addressOf } from "./address.js";
import type { Client } from "./client.js";
import { columnsOf, type DailyValue, type DayRange } from "./daily-columns.js";
import { WEATHER_COLUMNS, WEATHER_VARIABLES, WeatherAnswer } from "./wire-format.js";

/** No columns where no weather service is configured. The days are those of the tenant's zone. */
export const loadWeather = (client: Client, tenant: Tenant, range: DayRange, signal: AbortSignal): Promise<DailyColumn[]> =>
  ask(client, tenant, tenant.sources.weather, "archive", range, signal);

/** Of today and later. No columns where no service is configured that would know. */
export const loadWeatherAhead = (client: Client, tenant: Tenant, range: DayRange, signal: AbortSignal): Promise<DailyColumn[]> => {
  const { weather, weatherAhead = weather === STORED ? undefined : weather } = tenant.sources;
  return ask(client, tenant, weatherAhead, "forecast", range, signal);
};

async function ask(client: Client, tenant: Tenant, base: string | undefined, endpoint: "archive" | "forecast", range: DayRange, signal: AbortSignal): Promise<DailyColumn[]> {
  if (base === undefined) return [];
  const address = addressOf(base, ["v1", endpoint], {
    latitude: tenant.latitude,
    longitude: tenant.longitude,
    start_date: range.from,
    end_date: range.until,
    daily: WEATHER_VARIABLES.join(","),
    timezone: tenant.timeZone,
  });
  const { daily } = await client.get("weather", address, WeatherAnswer, signal);
  return columnsOf(valuesOf(daily), range, null);
}

function* valuesOf(daily: WeatherAnswer["daily"]): Generator<DailyValue> {
  for (const variable of WEATHER_VARIABLES) {
    for (const [index, date] of daily.time.entries()) {
      yield { date, name: WEATHER_COLUMNS[variable], value: daily[variable]?.[index] ?? null };
    }
  }
}
