import { z } from "zod";
import { BusinessDay } from "./business-day.js";
import { PageQuery } from "./http.js";
import { ModelId, ProductId } from "./ids.js";
import { SourceName } from "./names.js";
import { WeatherUsed } from "./weather-ahead.js";

/** Days after a model's cutoff. */
const HorizonDays = z.coerce.number().int().min(1).max(28).meta({ description: "Days after the model's cutoff; the policy's horizon when absent" });

const LEVELS_MAX = 19;
const Level = z.number().gt(0).lt(1);
const Levels = z
  .array(Level, "expected numbers between 0 and 1, separated by commas")
  .min(1)
  .max(LEVELS_MAX)
  .transform((levels) => [...new Set(levels)].sort((a, b) => a - b));

/** Such as `0.1,0.5,0.9`. */
const LevelsText = z
  .string()
  .max(200)
  .transform((text) => text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part))))
  .pipe(Levels)
  .meta({ description: "Levels between 0 and 1, separated by commas", example: "0.1,0.5,0.9" });

const asked = {
  quantiles: LevelsText.optional(),
  horizon: HorizonDays.optional(),
  components: z
    .enum(["true", "false"])
    .transform((text) => text === "true")
    .optional()
    .meta({ description: "Whether each day says what it is made of" }),
};

/** Nothing asked for is the forecast as it was stored; anything else is computed from the model. */
export const ForecastQuery = z.strictObject(asked);
export type ForecastQuery = z.infer<typeof ForecastQuery>;

export const ForecastsQuery = z.strictObject({ ...asked, cursor: PageQuery.shape.cursor, limit: z.coerce.number().int().min(1).max(500).default(50) });
export type ForecastsQuery = z.infer<typeof ForecastsQuery>;

/** What moves a day's forecast, in units; all of a day's components add up to its median. */
export const ForecastComponent = z.object({ kind: z.string(), name: z.string(), units: z.number() });
export type ForecastComponent = z.infer<typeof ForecastComponent>;

export const ForecastDay = z.object({
  day: BusinessDay,
  median: z.number(),
  low80: z.number(),
  high80: z.number(),
  quantiles: z.array(z.object({ level: z.number(), value: z.number() })).optional().meta({ description: "Only where quantiles were asked for" }),
  components: z.array(ForecastComponent).optional().meta({ description: "Only where components were asked for" }),
  sentence: z.string().optional().meta({ description: "The components for people", example: "Usually 120: Saturday +31, temperature +6, school holiday −4." }),
});
export type ForecastDay = z.infer<typeof ForecastDay>;

export const ForecastView = z.object({
  productId: ProductId,
  unit: z.string(),
  model: z.object({ id: ModelId, family: z.string(), version: z.number().int(), cutoff: BusinessDay, trainedAt: z.iso.datetime(), absentSources: z.array(SourceName) }),
  /** Models newer than the one that serves which did not verify. */
  refusedModels: z.array(z.object({ id: ModelId, reason: z.string() })),
  calendarUntil: BusinessDay.optional().meta({ description: "The last day whose events and opening were known at training; later days go on as the shop's week does" }),
  weather: WeatherUsed.nullable().meta({ description: "The weather forecast that the days ahead were computed with; null: with none, and weather fades to the season's" }),
  days: z.array(ForecastDay),
});
export type ForecastView = z.infer<typeof ForecastView>;

/** One product in a listing of forecasts: how it is forecast, or why it cannot be. */
export const ForecastItem = z.union([
  ForecastView,
  z.object({ productId: ProductId, unavailable: z.string().meta({ description: "Why there is no forecast", example: "no-drivers" }) }),
]);
export type ForecastItem = z.infer<typeof ForecastItem>;

/** What would be different on one day. */
export const WhatIfDay = z.strictObject({
  day: BusinessDay,
  isOpen: z.boolean().optional(),
  drivers: z
    .record(z.string().min(1).max(128), z.number().min(-1e6).max(1e6))
    .optional()
    .meta({ description: "Values of drivers that the model has learnt from", example: { temperature_c: 31, promotion: 1 } }),
});
export type WhatIfDay = z.infer<typeof WhatIfDay>;

export const WhatIfRequest = z.strictObject({
  days: z.array(WhatIfDay).min(1).max(28),
  horizon: z.number().int().min(1).max(28).optional(),
  quantiles: Levels.optional(),
});
export type WhatIfRequest = z.infer<typeof WhatIfRequest>;

/** Every day of the horizon, closed ones too, beside the forecast as it stands. */
export const WhatIfView = ForecastView.extend({
  days: z.array(
    ForecastDay.extend({
      standing: z.object({ median: z.number(), low80: z.number(), high80: z.number() }),
      difference: z.object({ units: z.number(), components: z.array(ForecastComponent).meta({ description: "What the difference is made of" }) }),
    }),
  ),
});
export type WhatIfView = z.infer<typeof WhatIfView>;
