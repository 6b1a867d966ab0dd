/**
 * Sales, products and daily columns that the tenant uploaded: the rows that a till would otherwise be asked for.
 *
 * A product's day is the key of a sale, so the same upload twice leaves what once leaves. Open days follow from the sales as
 * in a tenant folder: days on which anything was sold and, after the last of them, those that an uploaded events column
 * `open` announces.
 */
import { addDays } from "@levain/calendar";
import { OPEN_COLUMN, UploadedColumns, type BusinessDay, type DailyColumn, type Product, type ProductId, type Sales, type StoredSource } from "@levain/contracts";
import type { Client } from "./client.js";
import { dayOfColumn } from "./column-day.js";

/** A product's total of one day. A product without a name keeps the one it has, or is called by its id. */
export type StoredSalesRow = {
  readonly productId: ProductId;
  readonly productName: string | null;
  readonly day: BusinessDay;
  readonly quantity: number;
  readonly soldOutAt: string | null;
};

export type PutSales = { readonly added: number; readonly replaced: number; readonly unchanged: number };
type DayRange = { readonly from: BusinessDay; readonly until: BusinessDay };

export const createStoredSales = (client: Client, tenantId: string) => ({
  /** One statement. @param rows no two of the same product and day */
  async putSales(rows: readonly StoredSalesRow[]): Promise<PutSales> {
    // In one order, so that two uploads of the same days never wait for each other.
    const sorted = rows.toSorted((a, b) => order(a.productId, b.productId) || order(a.day, b.day));
    const names = new Map<ProductId, string | null>();
    for (const { productId, productName } of sorted) names.set(productId, productName ?? names.get(productId) ?? null);
    const [counts] = await client.$queryRaw<[{ added: number; replaced: number }]>`
      WITH named AS (
        INSERT INTO stored_products AS known (tenant_id, id, name)
        SELECT ${tenantId}, id, coalesce(name, id)
        FROM unnest(${[...names.keys()]}::text[], ${[...names.values()]}::text[]) AS came (id, name)
        WHERE NOT EXISTS (SELECT FROM stored_products p WHERE p.tenant_id = ${tenantId} AND p.id = came.id AND (came.name IS NULL OR p.name = came.name))
        ON CONFLICT (tenant_id, id) DO UPDATE SET name = excluded.name, updated_at = now()
      ), written AS (
        INSERT INTO stored_sales AS known (tenant_id, product_id, day, quantity, sold_out_at)
        SELECT ${tenantId}, came.*
        FROM unnest(
          ${sorted.map(({ productId }) => productId)}::text[], ${sorted.map(({ day }) => day)}::date[],
          ${sorted.map(({ quantity }) => quantity)}::double precision[], ${sorted.map(({ soldOutAt }) => soldOutAt)}::text[]) AS came
        ON CONFLICT (tenant_id, product_id, day) DO UPDATE
        SET quantity = excluded.quantity, sold_out_at = excluded.sold_out_at, updated_at = now()
        WHERE (known.quantity, known.sold_out_at) IS DISTINCT FROM (excluded.quantity, excluded.sold_out_at)
        RETURNING xmax = 0 AS is_new
      )
      SELECT count(*) FILTER (WHERE is_new)::integer AS added, count(*) FILTER (WHERE NOT is_new)::integer AS replaced FROM written`;
    return { ...counts, unchanged: rows.length - counts.added - counts.replaced };
  },

  /** By id. One with events of its own is one of which columns were uploaded. */
  async storedProducts(): Promise<Product[]> {
    return client.$queryRaw<Product[]>`
      SELECT p.id, p.name, false AS "isDiscontinued", c.tenant_id IS NOT NULL AS "hasOwnEvents"
      FROM stored_products p
      LEFT JOIN stored_columns c ON c.tenant_id = p.tenant_id AND c.source = 'events' AND c.product_id = p.id
      WHERE p.tenant_id = ${tenantId} ORDER BY p.id`;
  },

  /** Ascending. */
  async storedSales(productId: ProductId, { from, until }: DayRange): Promise<Sales> {
    const rows = await client.$queryRaw<{ day: Date; quantity: number; sold_out_at: string | null }[]>`
      SELECT day, quantity, sold_out_at FROM stored_sales
      WHERE tenant_id = ${tenantId} AND product_id = ${productId} AND day BETWEEN ${from}::date AND ${until}::date ORDER BY day`;
    const records = rows.map(({ day, quantity, sold_out_at: soldOutAt }) => ({ day: dayOfColumn(day), quantity, ...(soldOutAt !== null && { soldOutAt }) }));
    return { kind: "daily", records, unreadable: { count: 0, examples: [] } };
  },

  /** Ascending; with those planned after the last sale. */
  async storedOpenDays({ from, until }: DayRange): Promise<BusinessDay[]> {
    const sold = await client.$queryRaw<{ day: Date }[]>`
      SELECT DISTINCT day FROM stored_sales
      WHERE tenant_id = ${tenantId} AND quantity > 0 AND day BETWEEN ${from}::date AND ${until}::date ORDER BY day`;
    const { lastDay } = await rangeOf(client, tenantId);
    const open = (await columnsOf(client, tenantId, "events", "")).find(({ name }) => name === OPEN_COLUMN);
    const planned = (open ? daysSet(open) : []).filter((day) => lastDay !== null && day > lastDay && day >= from && day <= until);
    return [...sold.map(({ day }) => dayOfColumn(day)), ...planned];
  },

  /** How many products, and from when to when there are sales. */
  storedRange: () => rangeOf(client, tenantId),

  /** Replaces what was uploaded of this source for the shop, or for one product. */
  async putColumns(source: StoredSource, productId: ProductId | null, columns: readonly DailyColumn[]): Promise<void> {
    await client.$executeRaw`
      INSERT INTO stored_columns (tenant_id, source, product_id, columns) VALUES (${tenantId}, ${source}, ${productId ?? ""}, ${JSON.stringify(columns)}::jsonb)
      ON CONFLICT (tenant_id, source, product_id) DO UPDATE SET columns = excluded.columns, updated_at = now()`;
  },

  /** As they were uploaded, over their own days. The shop's `open` is read as opening days, and is no column. */
  async storedColumns(source: StoredSource, productId: ProductId | null): Promise<DailyColumn[]> {
    const columns = await columnsOf(client, tenantId, source, productId ?? "");
    return source === "events" && productId === null ? columns.filter(({ name }) => name !== OPEN_COLUMN) : columns;
  },
});

export type StoredRange = { readonly products: number; readonly firstDay: BusinessDay | null; readonly lastDay: BusinessDay | null };

async function rangeOf(client: Client, tenantId: string): Promise<StoredRange> {
  const [row] = await client.$queryRaw<[{ products: number; first_day: Date | null; last_day: Date | null }]>`
    SELECT (SELECT count(*)::integer FROM stored_products WHERE tenant_id = ${tenantId}) AS products, min(day) AS first_day, max(day) AS last_day
    FROM stored_sales WHERE tenant_id = ${tenantId} AND quantity > 0`;
  return { products: row.products, firstDay: row.first_day && dayOfColumn(row.first_day), lastDay: row.last_day && dayOfColumn(row.last_day) };
}

async function columnsOf(client: Client, tenantId: string, source: StoredSource, productId: string): Promise<DailyColumn[]> {
  const [row] = await client.$queryRaw<{ columns: unknown }[]>`
    SELECT columns FROM stored_columns WHERE tenant_id = ${tenantId} AND source = ${source} AND product_id = ${productId}`;
  return row ? UploadedColumns.parse({ columns: row.columns }).columns : [];
}

const daysSet = ({ firstDay, values }: DailyColumn): BusinessDay[] => values.flatMap((value, index) => ((value ?? 0) === 0 ? [] : [addDays(firstDay, index)]));

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
