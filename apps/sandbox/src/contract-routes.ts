/** The source contracts of `docs/sources.md`, answered for any bakery. */
import { BusinessDay, ProductId, type DailyColumn } from "@levain/contracts";
import { addDays } from "@levain/calendar";
import { WEATHER_COLUMNS, WEATHER_VARIABLES, daysOf } from "@levain/sources";
import type { DayRange, EventsAnswer, OpenDaysPage, ProductsPage, SalesPage, TrafficAnswer, WeatherAnswer } from "@levain/sources";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Bakery, ColumnsOver } from "./bakery.js";
import { happen, type AskedFor, type Faults, type RequestKind } from "./faults.js";

export type ContractDeps = {
  find(tenantId: string): Bakery | null;
  readonly faults: Faults;
  /** Told of each request before it is answered. */
  onRequest(asked: AskedFor): void;
  readonly pageRows: number;
};

/** The request cannot be answered as it is. */
export class BadRequest extends Error {
  readonly statusCode: number;

  constructor(statusCode: 400 | 404, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}

const Params = z.object({ tenantId: z.string(), productId: ProductId.optional() });
const Cursor = z.object({ cursor: z.string().regex(/^row-\d{1,9}$/).optional() });
const FromTo = z.object({ from: BusinessDay, to: BusinessDay });
const WeatherQuery = z.object({ start_date: BusinessDay, end_date: BusinessDay });

/** Days of the longest range answered, so that a mistyped year costs nothing. */
const RANGE_DAYS_MAX = 20_000;
/** Days after the last one that `/v1/forecast` is asked about when no dates are given, as Open-Meteo does. */
const FORECAST_DAYS = 7;

type Question = { readonly bakery: Bakery; readonly productId: string; readonly query: unknown };

export function serveContracts(app: FastifyInstance, deps: ContractDeps): void {
  const serve = (path: string, source: RequestKind, answer: (question: Question) => unknown): void => {
    app.get(`/:tenantId${path}`, async (request: FastifyRequest, reply: FastifyReply) => {
      const { tenantId, productId } = read(Params, request.params);
      const bakery = deps.find(tenantId);
      if (!bakery) throw new BadRequest(404, `expected a tenant that is served here, got ${tenantId}`);
      const asked = { tenant: tenantId, source, productId };
      deps.onRequest(asked);
      const fault = deps.faults.take(asked);
      if (fault && !(await happen(fault, request, reply, deps.faults.untilCleared))) return reply;
      if (productId !== undefined && !bakery.products.some(({ id }) => id === productId)) throw new BadRequest(404, `expected a product of ${tenantId}, got ${productId}`);
      return answer({ bakery, productId: productId ?? "", query: request.query });
    });
  };

  const page = <T>(items: readonly T[], query: unknown): { items: T[]; nextCursor: string | null } => {
    const start = Number(read(Cursor, query).cursor?.slice("row-".length) ?? 0);
    const end = start + deps.pageRows;
    return { items: items.slice(start, end), nextCursor: end < items.length ? `row-${end}` : null };
  };

  serve("/sales/products", "products", ({ bakery, query }): ProductsPage => {
    const { items, nextCursor } = page(bakery.products, query);
    return { products: items, nextCursor };
  });
  serve("/sales/products/:productId/sales", "sales", ({ bakery, productId, query }): SalesPage => {
    const { kind, rows } = bakery.salesOf(productId, rangeOf(query));
    const { items, nextCursor } = page(rows, query);
    return { kind, rows: items, nextCursor };
  });
  serve("/sales/open-days", "open-days", ({ bakery, query }): OpenDaysPage => {
    const { items, nextCursor } = page(bakery.openDays(rangeOf(query)), query);
    return { days: items, nextCursor };
  });

  const weather = ({ bakery, query }: Question): WeatherAnswer => {
    const { start_date: from, end_date: until } = read(WeatherQuery, query);
    return weatherAnswer(bakery, bakery.weather, checked({ from, until }));
  };
  serve("/weather/v1/archive", "weather", weather);
  serve("/weather/v1/forecast", "weather", ({ bakery, query }): WeatherAnswer => {
    const coming = { start_date: bakery.lastDay, end_date: addDays(bakery.lastDay, FORECAST_DAYS) };
    const { start_date: from, end_date: until } = read(WeatherQuery, { ...coming, ...read(z.looseObject({}), query) });
    return weatherAnswer(bakery, bakery.weatherAhead, checked({ from, until }));
  });
  serve("/traffic/traffic", "traffic", ({ bakery, query }): TrafficAnswer => {
    const range = rangeOf(query);
    const columns = present(bakery.traffic, "traffic")(range);
    return { days: daysOf(range).map((date, index) => ({ date, values: Object.fromEntries(columns.map(({ name, values }) => [name, values[index] ?? null])) })) };
  });
  serve("/events/events", "events", ({ bakery, query }) => eventsAnswer(present(bakery.events, "events")(rangeOf(query)), rangeOf(query)));
  serve("/events/products/:productId/events", "product-events", ({ bakery, productId, query }) => eventsAnswer(bakery.productEvents(productId, rangeOf(query)), rangeOf(query)));
}

function weatherAnswer(bakery: Bakery, weather: ColumnsOver | null, range: DayRange): WeatherAnswer {
  const columns = new Map(present(weather, "weather")(range).map((column) => [column.name, column]));
  const days = daysOf(range);
  const valuesOf = (variable: keyof typeof WEATHER_COLUMNS): (number | null)[] => days.map((_, index) => columns.get(WEATHER_COLUMNS[variable])?.values[index] ?? null);
  return {
    latitude: bakery.tenant.latitude ?? 0,
    longitude: bakery.tenant.longitude ?? 0,
    timezone: bakery.tenant.timeZone,
    daily_units: { time: "iso8601", temperature_2m_mean: "°C", precipitation_sum: "mm", wind_speed_10m_mean: "km/h", cloud_cover_mean: "%" },
    daily: { time: days, ...Object.fromEntries(WEATHER_VARIABLES.map((variable) => [variable, valuesOf(variable)])) },
  };
}

/** Zeros are not told. */
function eventsAnswer(columns: readonly DailyColumn[], range: DayRange): EventsAnswer {
  const days = daysOf(range);
  return {
    events: columns.flatMap(({ name, values }) =>
      days.flatMap((date, index) => {
        const value = values[index] ?? 0;
        return value === 0 ? [] : [{ date, name, value }];
      }),
    ),
  };
}

function present(columns: ColumnsOver | null, source: string): ColumnsOver {
  if (columns === null) throw new BadRequest(404, `expected a source of this bakery, got ${source}`);
  return columns;
}

const rangeOf = (query: unknown): DayRange => {
  const { from, to } = read(FromTo, query);
  return checked({ from, until: to });
};

function checked(range: DayRange): DayRange {
  if (range.until < range.from) throw new BadRequest(400, `expected from not after to, got ${range.from} and ${range.until}`);
  if (addDays(range.from, RANGE_DAYS_MAX) < range.until) throw new BadRequest(400, `expected at most ${RANGE_DAYS_MAX} days, got ${range.from} to ${range.until}`);
  return range;
}

function read<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new BadRequest(400, result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; "));
}
