/** The bakeries, as operators describe them. */
import { TenantSettings, type Tenant } from "@levain/contracts";
import type { Client } from "./client.js";

export const createTenants = (client: Client) => ({
  /** Writes a tenant's settings, replacing those it had. */
  async put(id: string, settings: TenantSettings): Promise<"created" | "updated"> {
    const rows = await client.$queryRaw<[{ is_new: boolean }]>`
      INSERT INTO tenants (id, settings) VALUES (${id}, ${JSON.stringify(settings)}::jsonb)
      ON CONFLICT (id) DO UPDATE SET settings = excluded.settings, updated_at = now()
      RETURNING xmax = 0 AS is_new`;
    return rows[0].is_new ? "created" : "updated";
  },

  async find(id: string): Promise<Tenant | null> {
    const row = await client.tenant.findUnique({ where: { id }, select: { id: true, settings: true } });
    return row && tenantOf(row);
  },

  /** All tenants, by id. */
  async list(): Promise<readonly Tenant[]> {
    const rows = await client.tenant.findMany({ select: { id: true, settings: true }, orderBy: { id: "asc" } });
    return rows.map(tenantOf);
  },
});

const tenantOf = ({ id, settings }: { id: string; settings: unknown }): Tenant => ({ ...TenantSettings.parse(settings), id });
