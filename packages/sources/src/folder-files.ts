/** The files of a tenant folder, each read into what it says. */
import { BusinessDay, ProductId, type DailyColumn } from "@levain/contracts";
import { readTable, type Row } from "./csv.js";
import { columnsOf, type DailyValue } from "./daily-columns.js";

/** Each product's name and its rows as the sales contract would carry them, in the order of the file. */
export type SalesTable = { readonly names: ReadonlyMap<ProductId, string>; readonly rows: ReadonlyMap<ProductId, readonly unknown[]> };

/** @returns null when there is no such file */
export async function readSales(path: string): Promise<SalesTable | null> {
  const names = new Map<ProductId, string>();
  const rows = new Map<ProductId, unknown[]>();
  const header = await readTable(path, ["product_id", "product_name", "date", "quantity"], (row) => {
    const id = productIdOf(row);
    if (!names.has(id)) names.set(id, row.text("product_name") || id);
    const quantity = row.text("quantity");
    const value = quantity === "" ? Number.NaN : Number(quantity);
    const soldOutAt = row.text("sold_out_at");
    const record = { date: row.text("date"), quantity: Number.isFinite(value) ? value : quantity, ...(soldOutAt !== "" && { soldOutAt }) };
    const own = rows.get(id);
    if (own) own.push(record);
    else rows.set(id, [record]);
  });
  return header === null ? null : { names, rows };
}

export type Calendar = { readonly shop: DailyValue[]; readonly products: Map<ProductId, DailyValue[]> };

/** Rows with a `product_id` are of that product alone. */
export async function readCalendar(path: string): Promise<Calendar> {
  const calendar: Calendar = { shop: [], products: new Map() };
  await readTable(path, ["date"], (row, header) => {
    const date = dayOf(row);
    const isOwn = header.includes("product_id") && row.text("product_id") !== "";
    const target = isOwn ? ownOf(calendar, productIdOf(row)) : calendar.shop;
    for (const name of header) {
      if (name !== "date" && name !== "product_id") target.push({ date, name, value: row.number(name) ?? 0 });
    }
  });
  return calendar;
}

function ownOf(calendar: Calendar, productId: ProductId): DailyValue[] {
  const own = calendar.products.get(productId) ?? [];
  calendar.products.set(productId, own);
  return own;
}

/** Cells are numbers; an empty one is unknown. @param names the columns to read; null for all */
export async function readColumns(path: string, names: readonly string[] | null): Promise<DailyColumn[]> {
  const values: DailyValue[] = [];
  await readTable(path, ["date"], (row, header) => {
    const date = dayOf(row);
    for (const name of header) {
      if (name !== "date" && (names === null || names.includes(name))) values.push({ date, name, value: row.number(name) });
    }
  });
  return columnsOfFile(values, null);
}

/** Columns over the days that the values cover. */
export function columnsOfFile(values: readonly DailyValue[], absent: number | null): DailyColumn[] {
  const [first] = values;
  if (first === undefined) return [];
  let [from, until] = [first.date, first.date];
  for (const { date } of values) {
    if (date < from) from = date;
    if (date > until) until = date;
  }
  return columnsOf(values, { from, until }, absent);
}

function dayOf(row: Row): BusinessDay {
  const day = BusinessDay.safeParse(row.text("date"));
  if (!day.success) throw row.fault("date", "a date such as 2026-05-01");
  return day.data;
}

function productIdOf(row: Row): ProductId {
  const id = ProductId.safeParse(row.text("product_id"));
  if (!id.success) throw row.fault("product_id", "a product id");
  return id.data;
}
