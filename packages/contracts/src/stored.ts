/** Data that a tenant uploads instead of naming an address for it. */
import { z } from "zod";
import { BusinessDay } from "./business-day.js";

/** Sources other than sales whose daily columns may be uploaded. */
export const StoredSource = z.enum(["weather", "traffic", "events"]);
export type StoredSource = z.infer<typeof StoredSource>;

/** A time of day on the tenant's clock. */
export const LocalTime = z
  .string()
  .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, "expected a local time HH:MM")
  .meta({ example: "15:40" });
export type LocalTime = z.infer<typeof LocalTime>;

/** Bytes of one upload of sales: more than a million rows. */
export const SALES_UPLOAD_BYTES_MAX = 50 * 1024 * 1024;

/** Upload errors told one by one; those beyond are counted. */
export const UPLOAD_ERRORS_MAX = 100;

/** What became of the rows of one upload. Each is counted once: rows = added + replaced + unchanged + rejected. */
export const SalesUploadView = z.object({
  rows: z.number().int(),
  added: z.number().int().meta({ description: "Products' days that were not known before" }),
  replaced: z.number().int().meta({ description: "Rows that took the place of another of the same product and day" }),
  unchanged: z.number().int().meta({ description: "Rows that were known as they are" }),
  rejected: z.number().int().meta({ description: "Rows that could not be read; the others were kept" }),
  errors: z.array(z.object({ line: z.number().int(), reason: z.string() })).max(UPLOAD_ERRORS_MAX).meta({ description: `The first ${UPLOAD_ERRORS_MAX} rejected rows: the line of the body on which each ends, and why` }),
  stored: z.object({ products: z.number().int(), firstDay: BusinessDay.nullable(), lastDay: BusinessDay.nullable() }).meta({ description: "What is stored of the tenant now; days are those with sales" }),
});
export type SalesUploadView = z.infer<typeof SalesUploadView>;

/**
 * Units, degrees, millimetres, vehicles: what a source measures in a day lies far below. Doubles go on to 1e308, where sums
 * and squares are no numbers any more.
 */
const MEASURE_MAX = 1e9;
export const Measure = z.number().min(-MEASURE_MAX).max(MEASURE_MAX);

/** More than a century of days; more columns than any calendar has. */
const VALUES_MAX = 40_000;
const COLUMNS_MAX = 200;

const UploadedColumn = z.strictObject({
  name: z.string().min(1).max(100).regex(/^[^\p{Cc}\p{Cs}]*$/u, "expected no control characters"),
  firstDay: BusinessDay,
  values: z.array(Measure.nullable()).max(VALUES_MAX).meta({ description: "One value a day from `firstDay`; null is unknown" }),
});

/** Daily columns of one source, replacing those that were uploaded before. */
export const UploadedColumns = z.strictObject({
  columns: z
    .array(UploadedColumn)
    .max(COLUMNS_MAX)
    .refine((columns) => new Set(columns.map(({ name }) => name)).size === columns.length, "expected each column once"),
});
export type UploadedColumns = z.infer<typeof UploadedColumns>;

export const StoredColumnsView = z.object({ columns: z.number().int() });
