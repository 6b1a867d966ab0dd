import { z } from "zod";
import { BusinessDay } from "./business-day.js";
import { FailureCodeName, SourceName } from "./names.js";
import { WeatherAhead } from "./weather-ahead.js";

/**
 * What all products of a run share, fetched once when the run starts and kept in Postgres for every worker. Columns
 * run day by day from `firstDay` to `lastDay`, both included; null is unknown, not zero.
 */
export const RunContext = z.object({
  version: z.literal(1),
  firstDay: BusinessDay,
  cutoff: BusinessDay,
  /** The cutoff plus the horizon. */
  lastDay: BusinessDay,
  /** Days on which the shop was or, after the cutoff, plans to be open; ascending. */
  openDays: z.array(BusinessDay),
  regressors: z.array(
    z.object({
      name: z.string(),
      source: SourceName,
      /** Whether the values after the cutoff are known at the cutoff (a calendar), or not (the weather). */
      isKnownAhead: z.boolean(),
      values: z.array(z.number().nullable()),
    }),
  ),
  /** Public holidays by name. */
  specialDays: z.array(z.object({ name: z.string(), days: z.array(BusinessDay) })),
  /** Those of the weeks after `lastDay`, for who is asked further ahead than was trained for; absent in contexts of before they were kept. */
  specialDaysAhead: z.array(z.object({ name: z.string(), days: z.array(BusinessDay) })).optional(),
  /** The newest weather forecast when the run started; absent where there was none. No model learns from it: it is for the days ahead. */
  weatherAhead: WeatherAhead.optional(),
  /** Sources that were configured and could not be had: trainings of this run do without. */
  absentSources: z.array(z.object({ source: SourceName, code: FailureCodeName })),
});
export type RunContext = z.infer<typeof RunContext>;

/** A product's own calendar as a run saw it, cut to what the days ahead need. */
export const ProductCalendar = z.array(z.object({ name: z.string(), firstDay: BusinessDay, values: z.array(z.number().nullable()) }));
export type ProductCalendar = z.infer<typeof ProductCalendar>;
