/** How busy the surroundings were, day by day, under whatever names the service uses. */
import type { DailyColumn, Tenant } from "@levain/contracts";
import { addressOf } from "./address.js";
import type { Client } from "./client.js";
import { columnsOf, type DailyValue, type DayRange } from "./daily-columns.js";
import { TrafficAnswer } from "./wire-format.js";

/** No columns where no traffic service is configured. */
export async function loadTraffic(client: Client, tenant: Tenant, range: DayRange, signal: AbortSignal): Promise<DailyColumn[]> {
  if (tenant.sources.traffic === undefined) return [];
  const address = addressOf(tenant.sources.traffic, ["traffic"], {
    latitude: tenant.latitude,
    longitude: tenant.longitude,
    from: range.from,
    to: range.until,
  });
  const { days } = await client.get("traffic", address, TrafficAnswer, signal);
  return columnsOf(valuesOf(days), range, null);
}

function* valuesOf(days: TrafficAnswer["days"]): Generator<DailyValue> {
  for (const { date, values } of days) {
    for (const [name, value] of Object.entries(values)) yield { date, name, value };
  }
}
