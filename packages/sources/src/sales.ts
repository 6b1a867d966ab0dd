/** A tenant's till or ERP adapter: what is sold, and how much of it on which business day. */
import { Failure, type Product, type Sales, type Tenant } from "@levain/contracts";
import { addressOf } from "./address.js";
import type { Client } from "./client.js";
import type { DayRange } from "./daily-columns.js";
import { pagesOf } from "./pages.js";
import { createSalesReader, type SalesReader } from "./sales-rows.js";
import { ProductsPage, SalesPage } from "./wire-format.js";

export async function listProducts(client: Client, tenant: Tenant, signal: AbortSignal): Promise<Product[]> {
  const products = new Map<string, Product>();
  const pages = pagesOf("sales", client.limits.pagesMax, (cursor) => client.get("sales", addressOf(tenant.sources.sales, ["products"], { cursor }), ProductsPage, signal));
  for await (const page of pages) {
    for (const { id, name, discontinued = false, hasOwnEvents = false } of page.products) {
      if (products.has(id)) throw new Failure("source.malformed", "sales: expected each product once, got one again", { source: "sales", productId: id });
      products.set(id, { id, name, isDiscontinued: discontinued, hasOwnEvents });
    }
  }
  return [...products.values()];
}

/** Sales from `from` to `until`, both included. Returns what the till told, unreadable rows counted; judging is for others. */
export async function loadSales(client: Client, tenant: Tenant, product: Pick<Product, "id">, range: DayRange, signal: AbortSignal): Promise<Sales> {
  const query = { from: range.from, to: range.until };
  const pages = pagesOf("sales", client.limits.pagesMax, (cursor) =>
    client.get("sales", addressOf(tenant.sources.sales, ["products", product.id, "sales"], { ...query, cursor }), SalesPage, signal),
  );
  let kind: Sales["kind"] | null = null;
  let reader: SalesReader | null = null;
  for await (const page of pages) {
    kind ??= page.kind;
    if (page.kind !== kind) throw new Failure("source.malformed", `sales: expected ${kind} rows on every page, got ${page.kind}`, { source: "sales", productId: product.id });
    reader ??= createSalesReader(kind, tenant.timeZone);
    reader.add(page.rows);
  }
  return (reader ?? createSalesReader("daily", tenant.timeZone)).sales();
}
