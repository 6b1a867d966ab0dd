/** Days known ahead: fairs, school holidays, promotions; of the whole shop or of one product. */
import type { DailyColumn, ProductId, Tenant } from "@levain/contracts";
import { addressOf } from "./address.js";
import type { Client } from "./client.js";
import { columnsOf, type DayRange } from "./daily-columns.js";
import { EventsAnswer } from "./wire-format.js";

/** No columns where no calendar is configured; a day without a row is zero. */
export const loadEvents = (client: Client, tenant: Tenant, range: DayRange, signal: AbortSignal): Promise<DailyColumn[]> =>
  load(client, tenant, ["events"], range, signal);

export const loadProductEvents = (client: Client, tenant: Tenant, productId: ProductId, range: DayRange, signal: AbortSignal): Promise<DailyColumn[]> =>
  load(client, tenant, ["products", productId, "events"], range, signal);

async function load(client: Client, tenant: Tenant, path: readonly string[], range: DayRange, signal: AbortSignal): Promise<DailyColumn[]> {
  if (tenant.sources.events === undefined) return [];
  const address = addressOf(tenant.sources.events, path, { from: range.from, to: range.until });
  const { events } = await client.get("events", address, EventsAnswer, signal);
  return columnsOf(events, range, 0);
}
