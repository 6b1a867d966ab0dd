/** Daily weather near the shop, in the shape of Open-Meteo's archive. */
import type { DailyColumn, Tenant } from "@levain/contracts";
import { addressOf } from "./address.js";
import type { Client } from "./client.js";
import { columnsOf, type DailyValue, type DayRange } from "./daily-columns.js";
import { WEATHER_COLUMNS, WEATHER_VARIABLES, WeatherAnswer } from "./wire-format.js";

/** No columns where no weather service is configured. The days are those of the tenant's zone. */
export async function loadWeather(client: Client, tenant: Tenant, range: DayRange, signal: AbortSignal): Promise<DailyColumn[]> {
  if (tenant.sources.weather === undefined) return [];
  const address = addressOf(tenant.sources.weather, ["v1", "archive"], {
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
