/** Sales rows as they come, over HTTP or from a folder, onto business days. A row nobody can read is counted and quoted. */
import { businessDayOf, instantOf } from "@levain/calendar";
import type { Sales, SalesRecord } from "@levain/contracts";
import type { z } from "zod";
import { DailyRow, TransactionRow } from "./wire-format.js";

/** Unreadable rows quoted in a report, and characters of each. */
const EXAMPLES_MAX = 5;
const EXAMPLE_LENGTH_MAX = 160;

export type SalesReader = { add(rows: readonly unknown[]): void; sales(): Sales };

export function createSalesReader(kind: Sales["kind"], timeZone: string): SalesReader {
  const records: SalesRecord[] = [];
  const examples: string[] = [];
  let unreadable = 0;
  const read = kind === "daily" ? readDaily : (row: unknown) => readTransaction(row, timeZone);
  return {
    add: (rows) => {
      for (const row of rows) {
        const result = read(row);
        if (typeof result !== "string") {
          records.push(result);
          continue;
        }
        unreadable += 1;
        if (examples.length < EXAMPLES_MAX) examples.push(printable(`${result} in ${JSON.stringify(row)}`.slice(0, EXAMPLE_LENGTH_MAX)));
      }
    },
    sales: () => ({ kind, records, unreadable: { count: unreadable, examples } }),
  };
}

/** As a report can keep it: the cut may have left half of a surrogate pair, and a row may hold anything. */
const printable = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cs}]/gu, "\ufffd");

/** The record, or what is wrong with the row. */
function readDaily(row: unknown): SalesRecord | string {
  const result = DailyRow.safeParse(row);
  return result.success ? { day: result.data.date, quantity: result.data.quantity } : wrong(result.error);
}

function readTransaction(row: unknown, timeZone: string): SalesRecord | string {
  const result = TransactionRow.safeParse(row);
  if (!result.success) return wrong(result.error);
  try {
    return { day: businessDayOf(instantOf(result.data.at, timeZone), timeZone), quantity: result.data.quantity };
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}

const wrong = (error: z.ZodError): string => {
  const [issue] = error.issues;
  return `${issue?.path.join(".") || "row"}: ${issue?.message ?? "unreadable"}`;
};
