/** The weather that is forecast for a tenant's place. */
import { z } from "zod";
import { BusinessDay } from "./business-day.js";

/** As it was fetched on one day. Columns are named like those of the weather that was, and run day by day from `firstDay`; null is unknown. */
export const WeatherAhead = z.object({
  /** The instant at which it was fetched: services do not tell their own. */
  issuedAt: z.iso.datetime(),
  /** The tenant's day of that instant. Days are counted from it when asked how far ahead a value was said. */
  firstDay: BusinessDay,
  columns: z.array(z.object({ name: z.string(), values: z.array(z.number().nullable()) })),
});
export type WeatherAhead = z.infer<typeof WeatherAhead>;

/** Which of them a forecast was told of. */
export const WeatherUsed = z.object({
  issuedAt: z.iso.datetime(),
  ageHours: z.number().int().meta({ description: "Hours since then, at the time of the answer" }),
});
export type WeatherUsed = z.infer<typeof WeatherUsed>;
