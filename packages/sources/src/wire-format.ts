/** What upstreams answer, as `docs/sources.md` describes it. Unknown fields are allowed: an adapter may say more. */
import { BusinessDay, Measure, ProductId } from "@levain/contracts";
import { z } from "zod";

/** What is kept as text can have neither control characters nor half of a surrogate pair. */
const PRINTABLE = /^[^\p{Cc}\p{Cs}]*$/u;

const nextCursor = z.string().min(1).max(1_024).nullable();

/** `GET {sales}/products?cursor` */
export const ProductsPage = z.object({
  products: z.array(
    z.object({
      id: ProductId,
      name: z.string().min(1).max(300).regex(PRINTABLE, "expected no control characters"),
      /** The product is no longer baked. */
      discontinued: z.boolean().optional(),
      /** The events source knows days of this product alone. */
      hasOwnEvents: z.boolean().optional(),
    }),
  ),
  nextCursor,
});
export type ProductsPage = z.infer<typeof ProductsPage>;

/** `GET {sales}/products/{id}/sales?from&to&cursor`. Rows are read one by one: an unreadable one is counted, not fatal. */
export const SalesPage = z.object({ kind: z.enum(["daily", "transactions"]), rows: z.array(z.unknown()), nextCursor });
export type SalesPage = z.infer<typeof SalesPage>;

/** When the shelf was empty: a time of day on the tenant's clock, or a timestamp of that day in one of the forms of `at`. */
const soldOutAt = z.union([z.string(), z.number()]).nullish();

/** A day's total. */
export const DailyRow = z.object({ date: BusinessDay, quantity: Measure, soldOutAt });
export type DailyRow = z.infer<typeof DailyRow>;

/** One line of a receipt; a correction is negative. `at`: ISO with an offset, ISO without (the tenant's time), epoch seconds or milliseconds. */
export const TransactionRow = z.object({ at: z.union([z.string(), z.number()]), quantity: Measure, soldOutAt });
export type TransactionRow = z.infer<typeof TransactionRow>;

/** `GET {sales}/open-days?from&to&cursor` */
export const OpenDaysPage = z.object({ days: z.array(BusinessDay), nextCursor });
export type OpenDaysPage = z.infer<typeof OpenDaysPage>;

/** Open-Meteo's daily variables that we ask for, and the names they have here. */
export const WEATHER_COLUMNS = {
  temperature_2m_mean: "temperature_c",
  precipitation_sum: "precipitation_mm",
  wind_speed_10m_mean: "wind_speed_kmh",
  cloud_cover_mean: "cloud_cover",
} as const;
export type WeatherVariable = keyof typeof WEATHER_COLUMNS;
export const WEATHER_VARIABLES = Object.keys(WEATHER_COLUMNS) as WeatherVariable[];

const weatherValues = z.array(Measure.nullable()).optional();

/** `GET {weather}/v1/archive?…`: the columns run along `time`; null is unknown. */
export const WeatherAnswer = z.object({
  latitude: z.number().optional(),
  longitude: z.number().optional(),
  timezone: z.string().optional(),
  daily_units: z.record(z.string(), z.string()).optional(),
  daily: z
    .object({
      time: z.array(BusinessDay),
      temperature_2m_mean: weatherValues,
      precipitation_sum: weatherValues,
      wind_speed_10m_mean: weatherValues,
      cloud_cover_mean: weatherValues,
    })
    .refine((daily) => WEATHER_VARIABLES.every((name) => (daily[name]?.length ?? daily.time.length) === daily.time.length), "expected every column to be as long as time"),
});
export type WeatherAnswer = z.infer<typeof WeatherAnswer>;

const columnName = z.string().min(1).max(100).regex(PRINTABLE, "expected no control characters");

/** `GET {traffic}/traffic?latitude&longitude&from&to` */
export const TrafficAnswer = z.object({ days: z.array(z.object({ date: BusinessDay, values: z.record(columnName, Measure.nullable()) })) });
export type TrafficAnswer = z.infer<typeof TrafficAnswer>;

/** `GET {events}/events?from&to` and `GET {events}/products/{id}/events?from&to`: a date without a row is zero throughout. */
export const EventsAnswer = z.object({ events: z.array(z.object({ date: BusinessDay, name: columnName, value: Measure })) });
export type EventsAnswer = z.infer<typeof EventsAnswer>;

/** One row of an upload, `POST /v1/tenants/{id}/sales`: a product's total of one day. */
export const UploadedRow = z.object({
  productId: ProductId,
  productName: z.string().min(1).max(300).regex(PRINTABLE, "expected no control characters").nullish(),
  date: BusinessDay,
  quantity: Measure,
  soldOutAt,
});
export type UploadedRow = z.infer<typeof UploadedRow>;
