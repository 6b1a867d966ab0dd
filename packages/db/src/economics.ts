/** What baking costs and brings, and what people decided against the plan. */
import { ProductEconomics, TenantEconomics, type BusinessDay, type ProductId } from "@levain/contracts";
import type { Client } from "./client.js";
import { columnOfDay } from "./column-day.js";

export type BakeOverride = { readonly productId: ProductId; readonly quantity: number; readonly reason: string; readonly advised: number | null; readonly decidedAt: Date };

export const createEconomics = (client: Client, tenantId: string) => ({
  /** Replaces what was set before. */
  async putTenantEconomics(settings: TenantEconomics): Promise<void> {
    await client.$executeRaw`
      INSERT INTO tenant_economics (tenant_id, settings) VALUES (${tenantId}, ${JSON.stringify(settings)}::jsonb)
      ON CONFLICT (tenant_id) DO UPDATE SET settings = excluded.settings, updated_at = now()`;
  },

  /** Null where nobody set any. */
  async tenantEconomics(): Promise<TenantEconomics | null> {
    const row = await client.tenantEconomics.findUnique({ where: { tenantId } });
    return row && TenantEconomics.parse(row.settings);
  },

  /** Replaces what was set before. False for a product that the tenant does not have. */
  async putProductEconomics(productId: ProductId, settings: ProductEconomics): Promise<boolean> {
    const written = await client.$executeRaw`
      INSERT INTO product_economics (tenant_id, product_id, settings)
      SELECT p.tenant_id, p.id, ${JSON.stringify(settings)}::jsonb FROM products p WHERE p.tenant_id = ${tenantId} AND p.id = ${productId}
      ON CONFLICT (tenant_id, product_id) DO UPDATE SET settings = excluded.settings, updated_at = now()`;
    return written > 0;
  },

  /** Of the products that have any of their own. */
  async productEconomics(): Promise<ReadonlyMap<ProductId, ProductEconomics>> {
    const rows = await client.productEconomics.findMany({ where: { tenantId } });
    return new Map(rows.map(({ productId, settings }) => [productId, ProductEconomics.parse(settings)]));
  },

  /** Takes the place of what was decided before. Null for a product that the tenant does not have. */
  async putOverride(day: BusinessDay, override: Omit<BakeOverride, "decidedAt">): Promise<BakeOverride | null> {
    const { productId, quantity, reason, advised } = override;
    const rows = await client.$queryRaw<{ decided_at: Date }[]>`
      INSERT INTO bake_overrides (tenant_id, day, product_id, quantity, reason, advised)
      SELECT p.tenant_id, ${day}::date, p.id, ${quantity}::double precision, ${reason}, ${advised}::double precision
      FROM products p WHERE p.tenant_id = ${tenantId} AND p.id = ${productId}
      ON CONFLICT (tenant_id, day, product_id) DO UPDATE
      SET quantity = excluded.quantity, reason = excluded.reason, advised = excluded.advised, decided_at = now()
      RETURNING decided_at`;
    return rows[0] ? { ...override, decidedAt: new Date(rows[0].decided_at) } : null;
  },

  /** What was decided for a day. */
  async overrides(day: BusinessDay): Promise<readonly BakeOverride[]> {
    const rows = await client.bakeOverride.findMany({ where: { tenantId, day: columnOfDay(day) }, orderBy: { productId: "asc" } });
    return rows.map(({ productId, quantity, reason, advised, decidedAt }) => ({ productId, quantity, reason, advised, decidedAt }));
  },
});
