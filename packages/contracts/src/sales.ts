import type { BusinessDay } from "./business-day.js";
import type { ProductId } from "./ids.js";

/** A product as the tenant's till lists it. */
export type Product = {
  readonly id: ProductId;
  readonly name: string;
  readonly isDiscontinued: boolean;
  /** Whether the calendar holds events for this product alone (its own promotions). */
  readonly hasOwnEvents: boolean;
};

/** One row of sales, already on its business day; several rows of one day are several transactions or a duplicate. */
export type SalesRecord = {
  readonly day: BusinessDay;
  readonly quantity: number;
  /** The tenant's local time, HH:MM, at which the shelf was empty: more might have been sold. Absent where nobody noted one. */
  readonly soldOutAt?: string;
  /** Minutes from local midnight to the sale; of a transaction only. */
  readonly minute?: number;
};

/** A product's sales as the source told them, before any judgement. */
export type Sales = {
  /** daily: one total per day is expected, so a second row of a day is a duplicate. transactions: rows add up. */
  readonly kind: "daily" | "transactions";
  readonly records: readonly SalesRecord[];
  /** Rows without a readable date or quantity: how many, and up to five of them in words. */
  readonly unreadable: { readonly count: number; readonly examples: readonly string[] };
};

/** The column of a calendar that is read as opening days, instead of as a driver of demand: 0 on a day on which the shop stays closed. */
export const OPEN_COLUMN = "open";

/** A daily driver of demand. One value a day from `firstDay`; null is unknown. */
export type DailyColumn = {
  readonly name: string;
  readonly firstDay: BusinessDay;
  readonly values: readonly (number | null)[];
};
