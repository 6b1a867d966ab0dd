import { z } from "zod";

/** A day of trade in the tenant's own time zone, `YYYY-MM-DD`; a date that does not exist is refused. */
export const BusinessDay = z.iso.date().regex(/^(?!0000)/, "expected a year from 1 on").meta({ description: "Business day in the tenant's time zone", example: "2026-05-01" });
export type BusinessDay = z.infer<typeof BusinessDay>;
