/**
 * Where each of a tenant's sources is: behind its address, or in what the tenant uploaded. Upstreams and database know
 * nothing of each other; here the tenant's own word for it decides, source by source.
 */
import { STORED, type BusinessDay, type DailyColumn, type Product, type ProductId, type Sales, type SourceAddresses, type StoredSource, type Tenant } from "@levain/contracts";
import { columnOver, type DayRange, type Sources } from "@levain/sources";

/** What a tenant uploaded. */
export type Uploaded = {
  storedProducts(): Promise<Product[]>;
  storedSales(productId: ProductId, range: DayRange): Promise<Sales>;
  storedOpenDays(range: DayRange): Promise<BusinessDay[]>;
  /** Over the days of the upload. @param productId null: of the whole shop */
  storedColumns(source: StoredSource, productId: ProductId | null): Promise<DailyColumn[]>;
};

export type ChosenSources = Pick<Sources, "listProducts" | "loadSales" | "loadOpenDays" | "loadWeather" | "loadWeatherAhead" | "loadTraffic" | "loadEvents" | "loadProductEvents">;

export function chooseSources(sources: ChosenSources, uploadedBy: (tenantId: string) => Uploaded): ChosenSources {
  /** Null where the source is elsewhere. */
  const uploaded = (tenant: Tenant, source: keyof SourceAddresses): Uploaded | null => (tenant.sources[source] === STORED ? uploadedBy(tenant.id) : null);
  const columns = async (kept: Uploaded, source: StoredSource, productId: ProductId | null, range: DayRange): Promise<DailyColumn[]> =>
    (await kept.storedColumns(source, productId)).map((column) => columnOver(column, range, ABSENT[source]));
  return {
    listProducts: async (tenant, signal) => uploaded(tenant, "sales")?.storedProducts() ?? sources.listProducts(tenant, signal),
    loadSales: async (tenant, product, range, signal) => uploaded(tenant, "sales")?.storedSales(product.id, range) ?? sources.loadSales(tenant, product, range, signal),
    loadOpenDays: async (tenant, range, signal) => uploaded(tenant, "sales")?.storedOpenDays(range) ?? sources.loadOpenDays(tenant, range, signal),
    loadWeather: async (tenant, range, signal) => {
      const kept = uploaded(tenant, "weather");
      return kept ? columns(kept, "weather", null, range) : sources.loadWeather(tenant, range, signal);
    },
    loadWeatherAhead: async (tenant, range, signal) => {
      const kept = tenant.sources.weatherAhead === undefined ? uploaded(tenant, "weather") : null;
      if (!kept) return sources.loadWeatherAhead(tenant, range, signal);
      // Uploaded days that lie ahead can only be a forecast.
      return (await columns(kept, "weather", null, range)).filter(({ values }) => values.some((value) => value !== null));
    },
    loadTraffic: async (tenant, range, signal) => {
      const kept = uploaded(tenant, "traffic");
      return kept ? columns(kept, "traffic", null, range) : sources.loadTraffic(tenant, range, signal);
    },
    loadEvents: async (tenant, range, signal) => {
      const kept = uploaded(tenant, "events");
      return kept ? columns(kept, "events", null, range) : sources.loadEvents(tenant, range, signal);
    },
    loadProductEvents: async (tenant, productId, range, signal) => {
      const kept = uploaded(tenant, "events");
      return kept ? columns(kept, "events", productId, range) : sources.loadProductEvents(tenant, productId, range, signal);
    },
  };
}

/** What a day beyond the upload was: weather and traffic are unknown there, and a calendar is silent, which is zero. */
const ABSENT: Readonly<Record<StoredSource, number | null>> = { weather: null, traffic: null, events: 0 };
