import { z } from "zod";
import { TrainingPolicyOverrides } from "./policy.js";

/** Those that were found good: asking takes a tenth of a millisecond, settings are read with each request, and zones are few. */
const KNOWN_TIME_ZONES = new Set<string>();

/** Offsets such as +02:00 are refused, though newer engines take them: they know no DST. */
const isTimeZone = (name: string): boolean => {
  if (/^[+-]/.test(name)) return false;
  if (KNOWN_TIME_ZONES.has(name)) return true;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    KNOWN_TIME_ZONES.add(name);
    return true;
  } catch {
    return false;
  }
};

/** In place of an address: the data was uploaded to Levain and is read from there. */
export const STORED = "stored";

const WANTED = `expected an http or https address or "${STORED}"`;
const SourceAddress = z.union([z.literal(STORED), z.url({ protocol: /^https?$/, error: WANTED })], { error: WANTED });

/** Where a tenant's data comes from. Only sales are indispensable; a model says which of the others it had to do without. */
export const SourceAddresses = z.strictObject({
  sales: SourceAddress.meta({ description: "Base address of the till or ERP adapter; `stored`: what was uploaded" }),
  weather: SourceAddress.optional().meta({ description: "Base address of an Open-Meteo compatible service; or `stored`" }),
  weatherAhead: z.url({ protocol: /^https?$/ }).optional().meta({ description: "Base address of an Open-Meteo compatible forecast; that of the weather when absent" }),
  traffic: SourceAddress.optional().meta({ description: "Base address of a daily traffic service; or `stored`" }),
  events: SourceAddress.optional().meta({ description: "Base address of a calendar of days known ahead; or `stored`" }),
});
export type SourceAddresses = z.infer<typeof SourceAddresses>;

/**
 * What a missing product row means. `zero-unless-shop-closed`: on a day when the shop sold anything, the product sold
 * nothing. `closed`: each product is a shop of its own, and a missing day is a closed day.
 */
export const MissingDay = z.enum(["zero-unless-shop-closed", "closed"]);
export type MissingDay = z.infer<typeof MissingDay>;

/** One bakery business, as an operator describes it. */
export const TenantSettings = z.strictObject({
  name: z.string().min(1).max(200),
  timeZone: z.string().refine(isTimeZone, "expected an IANA time zone such as Europe/Berlin").meta({ example: "Europe/Berlin" }),
  country: z.string().regex(/^[A-Z]{2}$/, "expected a two-letter ISO 3166 country code").meta({ example: "DE" }),
  subdivision: z.string().min(1).max(10).optional().meta({ description: "ISO 3166-2 part after the hyphen", example: "SH" }),
  latitude: z.number().min(-90).max(90).optional(),
  longitude: z.number().min(-180).max(180).optional(),
  unit: z.string().min(1).max(30).default("pieces"),
  missingDay: MissingDay.default("zero-unless-shop-closed"),
  sources: SourceAddresses,
  nightlyAt: z
    .string()
    .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, "expected a local time HH:MM")
    .default("04:15")
    .meta({ description: "Local time of the nightly retrain" }),
  policy: TrainingPolicyOverrides.default({}),
});
export type TenantSettings = z.infer<typeof TenantSettings>;

export type Tenant = TenantSettings & { readonly id: string };
