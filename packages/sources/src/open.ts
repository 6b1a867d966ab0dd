/** All sources of all tenants behind one guarded client: one per process. */
import type { BusinessDay, DailyColumn, Product, ProductId, Sales, Tenant } from "@levain/contracts";
import type { BreakerState } from "./breaker.js";
import { openClient, type ClientOptions } from "./client.js";
import type { DayRange } from "./daily-columns.js";
import { loadEvents, loadProductEvents } from "./events.js";
import { loadOpenDays } from "./open-days.js";
import { listProducts, loadSales } from "./sales.js";
import { loadTraffic } from "./traffic.js";
import { loadWeather, loadWeatherAhead } from "./weather.js";

export type SourcesOptions = ClientOptions;

/** Every function throws a Failure of a `source.*` code, or why its signal was aborted. Ranges include both ends. */
export type Sources = {
  listProducts(tenant: Tenant, signal: AbortSignal): Promise<Product[]>;
  loadSales(tenant: Tenant, product: Pick<Product, "id">, range: DayRange, signal: AbortSignal): Promise<Sales>;
  loadOpenDays(tenant: Tenant, range: DayRange, signal: AbortSignal): Promise<BusinessDay[]>;
  /** Weather, traffic and events: no columns where the tenant has no such source. */
  loadWeather(tenant: Tenant, range: DayRange, signal: AbortSignal): Promise<DailyColumn[]>;
  /** As it is forecast; of today and later. */
  loadWeatherAhead(tenant: Tenant, range: DayRange, signal: AbortSignal): Promise<DailyColumn[]>;
  loadTraffic(tenant: Tenant, range: DayRange, signal: AbortSignal): Promise<DailyColumn[]>;
  loadEvents(tenant: Tenant, range: DayRange, signal: AbortSignal): Promise<DailyColumn[]>;
  loadProductEvents(tenant: Tenant, productId: ProductId, range: DayRange, signal: AbortSignal): Promise<DailyColumn[]>;
  /** The origins asked so far. */
  breakers(): { origin: string; state: BreakerState }[];
  /** Breaks off what is under way as `process.stopping`. */
  close(): Promise<void>;
};

export function openSources(options: SourcesOptions = {}): Sources {
  const client = openClient(options);
  return {
    listProducts: (tenant, signal) => listProducts(client, tenant, signal),
    loadSales: (tenant, product, range, signal) => loadSales(client, tenant, product, range, signal),
    loadOpenDays: (tenant, range, signal) => loadOpenDays(client, tenant, range, signal),
    loadWeather: (tenant, range, signal) => loadWeather(client, tenant, range, signal),
    loadWeatherAhead: (tenant, range, signal) => loadWeatherAhead(client, tenant, range, signal),
    loadTraffic: (tenant, range, signal) => loadTraffic(client, tenant, range, signal),
    loadEvents: (tenant, range, signal) => loadEvents(client, tenant, range, signal),
    loadProductEvents: (tenant, productId, range, signal) => loadProductEvents(client, tenant, productId, range, signal),
    breakers: () => client.breakers(),
    close: () => client.close(),
  };
}
