/**
 * Sales as a tenant uploads them, read while they arrive: comma-separated values with a header, or one JSON object a line. A
 * row that cannot be read is told with its line and passed over; memory holds one row at a time, however long the upload.
 */
import { pipeline, type Readable } from "node:stream";
import type { BusinessDay, LocalTime, ProductId } from "@levain/contracts";
import { CsvError, parse } from "csv-parse";
import { soldOutTime } from "./sold-out-at.js";
import { UploadedRow } from "./wire-format.js";

export type SalesUploadFormat = "csv" | "ndjson";

export type UploadedSale = {
  readonly productId: ProductId;
  /** Null where the row does not name the product. */
  readonly productName: string | null;
  readonly day: BusinessDay;
  readonly quantity: number;
  readonly soldOutAt: LocalTime | null;
};

/** A row and the line of the upload on which it ends. */
export type UploadedLine = { readonly line: number } & ({ readonly sale: UploadedSale } | { readonly reason: string });

/** The upload as a whole is not what it says: from here on no row can be told from the next. */
export class UploadError extends Error {
  override readonly name = "UploadError";
}

/** Characters of one row, far above any honest one: what an unclosed quote may swallow before it is noticed. */
const ROW_LENGTH_MAX = 16_384;

/** Characters of a cell that a reason repeats. */
const SHOWN_MAX = 60;

/** @throws UploadError, or whatever broke the stream */
export async function* readSalesUpload(body: Readable, format: SalesUploadFormat, timeZone: string): AsyncGenerator<UploadedLine> {
  for await (const { line, row, names, fault } of format === "csv" ? csvRows(body) : jsonRows(body)) {
    yield fault === undefined ? { line, ...read(row, names, timeZone) } : { line, reason: fault };
  }
}

/** Names are what the format calls the fields of a row. */
type RawRow = { readonly line: number; readonly row: unknown; readonly names: Readonly<Record<string, string>>; readonly fault?: string };

const CSV_NAMES = { productId: "product_id", productName: "product_name", date: "date", quantity: "quantity", soldOutAt: "sold_out_at" } as const;
const REQUIRED = [CSV_NAMES.productId, CSV_NAMES.date, CSV_NAMES.quantity];

async function* csvRows(body: Readable): AsyncGenerator<RawRow> {
  const parser = parse({ bom: true, trim: true, skip_empty_lines: true, relax_column_count: true, info: true, max_record_size: ROW_LENGTH_MAX });
  // Broken off on either side, the other one ends too; the fault comes out of the loop below.
  pipeline(body, parser, () => undefined);
  let header: readonly string[] | null = null;
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      if (header === null) {
        header = checkedHeader(record);
        continue;
      }
      const fault = record.length === header.length ? undefined : `row: expected ${header.length} cells as in the header, got ${record.length}`;
      yield { line: info.lines, row: cellsOf(record, header), names: CSV_NAMES, ...(fault !== undefined && { fault }) };
    }
  } catch (error) {
    if (error instanceof CsvError) throw new UploadError(`expected comma-separated values, got: ${error.message.slice(0, 200)}`, { cause: error });
    throw error;
  }
  if (header === null) throw new UploadError(`expected a header with the columns ${REQUIRED.join(", ")}, got nothing`);
}

/** Columns without a name may be several: spreadsheets leave them at the right. */
function checkedHeader(header: readonly string[]): readonly string[] {
  const shown = header.join(", ").slice(0, 200);
  if (!REQUIRED.every((name) => header.includes(name))) throw new UploadError(`line 1: expected the columns ${REQUIRED.join(", ")}, got ${shown}`);
  const named = header.filter((name) => name !== "");
  if (new Set(named).size < named.length) throw new UploadError(`line 1: expected each column once, got ${shown}`);
  return header;
}

/** An empty cell is none; a quantity that is no number stays what it is, to be refused. */
function cellsOf(record: readonly string[], header: readonly string[]): Record<string, unknown> {
  const cell = (name: string): string | undefined => record[header.indexOf(name)] || undefined;
  const quantity = cell(CSV_NAMES.quantity);
  const number = Number(quantity);
  return {
    productId: cell(CSV_NAMES.productId),
    productName: cell(CSV_NAMES.productName),
    date: cell(CSV_NAMES.date),
    quantity: Number.isFinite(number) ? number : quantity,
    soldOutAt: cell(CSV_NAMES.soldOutAt),
  };
}

const JSON_NAMES = { productId: "productId", productName: "productName", date: "date", quantity: "quantity", soldOutAt: "soldOutAt" } as const;

async function* jsonRows(body: Readable): AsyncGenerator<RawRow> {
  let line = 0;
  for await (const text of linesOf(body)) {
    line += 1;
    if (text.trim() === "") continue;
    const row = parsed(text);
    yield row === undefined ? { line, row, names: JSON_NAMES, fault: `row: expected a JSON object, got ${shown(text)}` } : { line, row, names: JSON_NAMES };
  }
}

async function* linesOf(body: Readable): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
    if (rest.length > ROW_LENGTH_MAX) throw new UploadError(`expected lines of at most ${ROW_LENGTH_MAX} characters, got a longer one`);
  }
  yield rest + decoder.decode();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function read(row: unknown, names: RawRow["names"], timeZone: string): { readonly sale: UploadedSale } | { readonly reason: string } {
  const result = UploadedRow.safeParse(row);
  if (!result.success) {
    const [issue] = result.error.issues;
    const field = String(issue?.path[0] ?? "");
    const came: unknown = field !== "" && typeof row === "object" && row !== null ? Reflect.get(row, field) : row;
    return { reason: `${names[field] ?? "row"}: ${(issue?.message ?? "unreadable").replace(/^Invalid input: /, "").replace(/, received .*$/, "")}, got ${shown(came)}` };
  }
  const { productId, productName = null, date, quantity, soldOutAt } = result.data;
  try {
    return { sale: { productId, productName, day: date, quantity, soldOutAt: soldOutAt === undefined || soldOutAt === null ? null : soldOutTime(soldOutAt, date, timeZone) } };
  } catch (error) {
    if (error instanceof RangeError) return { reason: `${names["soldOutAt"]}: ${error.message}` };
    throw error;
  }
}

const shown = (value: unknown): string => (value === undefined ? "nothing" : (JSON.stringify(value) ?? String(value)).slice(0, SHOWN_MAX).replaceAll(/[\p{Cc}\p{Cs}]/gu, "\ufffd"));
