/** Live accuracy: what was sold beside the forecasts that were valid at the time, and what it cost. */
import { z } from "zod";
import { BusinessDay } from "./business-day.js";
import type { ProductEconomics } from "./economics.js";
import { PageQuery, pageOf } from "./http.js";
import { ModelId, ProductId } from "./ids.js";

/** A day that is over, beside the forecast that was valid when it began. */
export type GradedDay = {
  readonly day: BusinessDay;
  /** Units sold. */
  readonly actual: number;
  /** The shelf was empty: at least `actual` units were asked for. */
  readonly isSoldOut: boolean;
  readonly modelId: ModelId;
  readonly low80: number;
  readonly median: number;
  readonly high80: number;
  /** Where the actual fell within the forecast, as a draw of a standard normal. */
  readonly normalScore: number;
  /** Sold on the same weekday of the week before; null where the shop was closed. */
  readonly lastWeek: number | null;
  /** The plan's quantity; null where it had none. */
  readonly advised: number | null;
  /** What a person decided against it. */
  readonly decided: number | null;
  /** Money lost by a unit too many, and by a unit too few; null without economics. */
  readonly overCost: number | null;
  readonly underCost: number | null;
};

/** What grading a product's days needs to know. */
export type GradingBasis = {
  /** Of the days asked for, those that had a valid forecast. */
  readonly forecasts: readonly ValidForecast[];
  /** The product's economics over the tenant's defaults; null where nobody set any. */
  readonly economics: ProductEconomics | null;
  readonly lastAlarm: BusinessDay | null;
  /** The day on which a person last chose the champion. */
  readonly chosenOn: BusinessDay | null;
};

export type ValidForecast = {
  readonly day: BusinessDay;
  readonly modelId: ModelId;
  readonly levels: readonly number[];
  readonly values: readonly number[];
  /** What a person decided to bake, and what they were advised then. */
  readonly decided: { readonly quantity: number; readonly advised: number | null } | null;
};

/** The drift test passed its threshold. */
export const DriftAlarm = z.object({
  day: BusinessDay.meta({ description: "The day whose sales raised it" }),
  direction: z.enum(["up", "down"]).meta({ description: "up: more is sold than was forecast" }),
  since: BusinessDay.meta({ description: "Where the shift most likely began" }),
  size: z.number().nullable().meta({ description: "Sales since then over the medians that were valid, less one; null where those were nothing" }),
  statistic: z.number().meta({ description: "The cumulative sum, in standard deviations" }),
  threshold: z.number(),
  modelId: ModelId.meta({ description: "Whose forecast of that day it was" }),
});
export type DriftAlarm = z.infer<typeof DriftAlarm>;

const Share = z.number().nullable();

/** Null where nothing was sold. */
const Errors = z.object({
  wape: Share.meta({ description: "Σ|sold − forecast| / Σ sold" }),
  bias: Share.meta({ description: "Σ(forecast − sold) / Σ sold; above zero the forecast is too high" }),
});

const Money = z.object({
  waste: z.number().meta({ description: "Lost to what was left over" }),
  emptyShelves: z.number().meta({ description: "Lost to what was asked for in vain, as far as sales tell" }),
  total: z.number(),
});
export type Money = z.infer<typeof Money>;

export const AccuracyFigures = z.object({
  days: z.number().int().meta({ description: "Days of a product with a forecast that was valid when they began" }),
  sold: z.number(),
  live: Errors.extend({ coverage80: Share.meta({ description: "Share of days within the 80 % interval" }) }),
  promised: Errors.extend({ coverage80: Share }).meta({ description: "What the back-tests of the models that forecast had come to, in the same proportions" }),
  comparable: z
    .object({ days: z.number().int(), live: Errors, lastWeek: Errors })
    .meta({ description: "On the days with sales a week before: the forecasts beside the same weekday of last week" }),
  money: z
    .object({ days: z.number().int(), advised: Money, lastWeek: Money })
    .nullable()
    .meta({ description: "What baking what was advised would have lost, beside baking what was sold on the same weekday last week; null where nobody has set economics" }),
  overrides: z
    .object({ days: z.number().int(), decided: Money, advised: Money, saved: z.number().meta({ description: "Money that deciding otherwise saved; below zero it cost" }) })
    .nullable()
    .meta({ description: "Days on which a person decided against the plan; null where there was none" }),
});
export type AccuracyFigures = z.infer<typeof AccuracyFigures>;

export const AccuracyQuery = z.strictObject({
  from: BusinessDay.optional().meta({ description: "First day; four weeks up to the last when absent" }),
  until: BusinessDay.optional().meta({ description: "Last day; yesterday in the tenant's zone when absent" }),
});
export type AccuracyQuery = z.infer<typeof AccuracyQuery>;
export const TenantAccuracyQuery = z.strictObject({ ...AccuracyQuery.shape, ...PageQuery.shape });

const Range = { from: BusinessDay, until: BusinessDay, unit: z.string(), currency: z.string().nullable() };

export const AccuracyDay = z.object({
  day: BusinessDay,
  sold: z.number(),
  isSoldOut: z.boolean(),
  median: z.number(),
  low80: z.number(),
  high80: z.number(),
  lastWeek: z.number().nullable(),
  advised: z.number().nullable(),
  decided: z.number().nullable(),
  modelId: ModelId,
});
export type AccuracyDay = z.infer<typeof AccuracyDay>;

export const ProductAccuracyView = AccuracyFigures.extend({
  ...Range,
  productId: ProductId,
  drift: z.array(DriftAlarm).meta({ description: "Alarms in the range, the newest first" }),
  dailyRows: z.array(AccuracyDay).meta({ description: "Ascending" }),
});
export type ProductAccuracyView = z.infer<typeof ProductAccuracyView>;

export const ProductAccuracyItem = AccuracyFigures.extend({ productId: ProductId, productName: z.string(), lastDrift: DriftAlarm.nullable() });
export type ProductAccuracyItem = z.infer<typeof ProductAccuracyItem>;

export const TenantAccuracyView = z.object({
  ...Range,
  totals: AccuracyFigures,
  driftedProducts: z.number().int().meta({ description: "Products with an alarm in the range" }),
  ...pageOf(ProductAccuracyItem).shape,
});
export type TenantAccuracyView = z.infer<typeof TenantAccuracyView>;
