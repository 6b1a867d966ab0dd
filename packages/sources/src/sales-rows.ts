/** Sales rows as they come, over HTTP or from a folder, onto business days. A row nobody can read is counted and quoted. */
import { businessDayOf, instantOf, minuteOfDay } from "@levain/calendar";
import type { BusinessDay, Sales, SalesRecord } from "@levain/contracts";
import type { z } from "zod";
import { soldOutTime } from "./sold-out-at.js";
import { DailyRow, TransactionRow } from "./wire-format.js";

/** Unreadable rows quoted in a report, and characters of each. */
const EXAMPLES_MAX = 5;
const EXAMPLE_LENGTH_MAX = 160;

export type SalesReader = { add(rows: readonly unknown[]): void; sales(): Sales };

export function createSalesReader(kind: Sales["kind"], timeZone: string): SalesReader {
  const records: SalesRecord[] = [];
  const examples: string[] = [];
  let unreadable = 0;
  const parse = kind === "daily" ? readDaily : readTransaction;
  const read = (row: unknown): SalesRecord | string => {
    try {
      return parse(row, timeZone);
    } catch (error) {
      if (error instanceof RangeError) return error.message;
      throw error;
    }
  };
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

/** The record, or what is wrong with the row. @throws RangeError for a time that is none */
function readDaily(row: unknown, timeZone: string): SalesRecord | string {
  const result = DailyRow.safeParse(row);
  if (!result.success) return wrong(result.error);
  const { date, quantity, soldOutAt } = result.data;
  return { day: date, quantity, ...soldOutMark(soldOutAt, date, timeZone) };
}

function readTransaction(row: unknown, timeZone: string): SalesRecord | string {
  const result = TransactionRow.safeParse(row);
  if (!result.success) return wrong(result.error);
  const { at, quantity, soldOutAt } = result.data;
  const instant = instantOf(at, timeZone);
  const day = businessDayOf(instant, timeZone);
  return { day, quantity, minute: minuteOfDay(instant, timeZone), ...soldOutMark(soldOutAt, day, timeZone) };
}

const soldOutMark = (value: string | number | null | undefined, day: BusinessDay, timeZone: string): Pick<SalesRecord, "soldOutAt"> =>
  value === undefined || value === null ? {} : { soldOutAt: soldOutTime(value, day, timeZone) };

const wrong = (error: z.ZodError): string => {
  const [issue] = error.issues;
  return `${issue?.path.join(".") || "row"}: ${issue?.message ?? "unreadable"}`;
};
