import { z } from "zod";
import { BusinessDay } from "./business-day.js";

export const FindingCode = z.enum([
  "unreadable-rows",
  "negative-quantities",
  "absurd-quantities",
  "duplicate-days",
  "sales-on-closed-days",
  "rows-after-cutoff",
  "rows-before-history",
  "gaps",
  "stale-data",
  "many-zero-days",
  "few-open-days",
  "too-few-open-days",
  "no-recent-sales",
  "few-products",
  "sold-out-days",
  "likely-sold-out-days",
]);
export type FindingCode = z.infer<typeof FindingCode>;

/** One thing found in a product's data: how often, up to five examples, and what was done about it. */
export const Finding = z.object({
  code: FindingCode,
  severity: z.enum(["error", "warning", "note"]),
  count: z.number().int().min(1),
  examples: z.array(z.string()).max(5),
  message: z.string(),
});
export type Finding = z.infer<typeof Finding>;

/** What was found in a product's sales before training. Nothing is dropped that is not counted here. */
export const DataReport = z.object({
  rows: z.number().int().min(0),
  openDays: z.number().int().min(0).meta({ description: "Open days from the first sale to the cutoff" }),
  zeroDays: z.number().int().min(0),
  firstSale: BusinessDay.nullable(),
  lastSale: BusinessDay.nullable(),
  findings: z.array(Finding),
  likelySoldOutDays: z.array(BusinessDay).optional().meta({ description: "Days without a sold-out mark on which the sales look as if the shelf was empty; nothing was changed for it" }),
});
export type DataReport = z.infer<typeof DataReport>;
