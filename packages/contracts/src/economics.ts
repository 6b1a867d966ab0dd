import { z } from "zod";
import { BusinessDay } from "./business-day.js";
import { ModelId, ProductId } from "./ids.js";
import { WeatherUsed } from "./weather-ahead.js";

const MONEY_MAX = 1e6;
const money = (description: string) => z.number().min(0).max(MONEY_MAX).meta({ description });

const fields = {
  unitPrice: money("What a unit sells for"),
  unitCost: money("What baking a unit costs"),
  wasteValue: z.number().min(-MONEY_MAX).max(MONEY_MAX).meta({ description: "What a leftover still brings; negative where its disposal costs. 0 when nothing is set" }),
  goodwillLoss: money("What a customer who leaves without is worth beyond the sale. 0 when nothing is set"),
  traySize: z.number().min(0.01).max(10_000).meta({ description: "Units on a tray; quantities are whole trays. 1 when nothing is set" }),
  displayMin: z.number().min(0).max(100_000).meta({ description: "Units that the shelf is to open with at least. 0 when nothing is set" }),
  ovenGroup: z.string().min(1).max(60).meta({ description: "The oven that it is baked in; absent where none is short" }),
  placesPerUnit: z.number().min(0.001).max(1_000).meta({ description: "Places in that oven that a unit takes. 1 when nothing is set" }),
};

/** What is particular to one product; what is left out is as the tenant's defaults say. */
export const ProductEconomics = z.strictObject(fields).partial();
export type ProductEconomics = z.infer<typeof ProductEconomics>;

const OvenGroup = z.strictObject({ name: z.string().min(1).max(60), placesPerDay: z.number().min(0).max(1e7) });

export const TenantEconomics = z.strictObject({
  currency: z.string().regex(/^[A-Z]{3}$/, "expected a three-letter ISO 4217 currency code").meta({ example: "EUR" }),
  defaults: ProductEconomics.default({}),
  ovenGroups: z
    .array(OvenGroup)
    .max(50)
    .refine((groups) => new Set(groups.map(({ name }) => name)).size === groups.length, "expected each oven group once")
    .default([]),
});
export type TenantEconomics = z.infer<typeof TenantEconomics>;

export const BakePlanQuery = z.strictObject({
  date: BusinessDay,
  format: z.enum(["json", "csv", "html"]).default("json").meta({ description: "html is a page to print" }),
});

/** Why a product has no quantity. */
export const Unplanned = z.enum(["no-model", "unreadable-model", "no-economics", "leftovers-pay", "no-drivers", "beyond-horizon", "closed"]);
export type Unplanned = z.infer<typeof Unplanned>;

/** The same for people. */
export const UNPLANNED_IN_WORDS: Readonly<Record<Unplanned, string>> = {
  "no-model": "no forecast yet",
  "unreadable-model": "its model is of a newer version",
  "no-economics": "price or cost is not known",
  "leftovers-pay": "leftovers bring as much as they cost",
  "no-drivers": "train it again first",
  "beyond-horizon": "not forecast that far",
  closed: "closed",
};

const Decided = z.object({ quantity: z.number(), reason: z.string() });

export const BakePlanItem = z.object({
  productId: ProductId,
  productName: z.string(),
  quantity: z.number().meta({ description: "To bake: what a person decided, else what is advised" }),
  advised: z.number(),
  trays: z.number(),
  traySize: z.number(),
  isHeldBackByOven: z.boolean().meta({ description: "Whether more would be advised if there were room" }),
  override: Decided.nullable(),
  median: z.number().meta({ description: "As likely too many as too few" }),
  chanceToSellOut: z.number(),
  expectedWaste: z.number().meta({ description: "Units left over" }),
  expectedLost: z.number().meta({ description: "Units asked for in vain" }),
  expectedCost: z.number().meta({ description: "Money that waste and empty shelves are expected to cost" }),
  modelId: ModelId,
});
export type BakePlanItem = z.infer<typeof BakePlanItem>;

export const BakePlanView = z.object({
  date: BusinessDay,
  currency: z.string(),
  unit: z.string(),
  weather: WeatherUsed.nullable().meta({ description: "The weather forecast that it was computed with; null where none reaches the day" }),
  items: z.array(BakePlanItem),
  unplanned: z.array(z.object({ productId: ProductId, productName: z.string(), reason: Unplanned, override: Decided.nullable() })),
  ovens: z.array(z.object({ name: z.string(), placesPerDay: z.number(), placesUsed: z.number() })),
  totals: z.object({ quantity: z.number(), expectedWaste: z.number(), expectedLost: z.number(), expectedCost: z.number() }),
});
export type BakePlanView = z.infer<typeof BakePlanView>;

export const OverrideRequest = z.strictObject({
  quantity: z.number().min(0).max(1e6),
  reason: z.string().min(1).max(500),
});
export type OverrideRequest = z.infer<typeof OverrideRequest>;

/** A quantity that a person set against the advice, kept to be scored when the day is over. */
export const OverrideView = z.object({ date: BusinessDay, productId: ProductId, quantity: z.number(), reason: z.string(), advised: z.number().nullable(), decidedAt: z.iso.datetime() });
export type OverrideView = z.infer<typeof OverrideView>;
