/** How much work is asked for: what a new run is accepted or refused by. */
import type { Client } from "./client.js";

export type Workload = {
  /** Product trainings that this tenant's runs of the last hour came to, however they ended. */
  readonly tenantHourly: number;
  /** Milliseconds until the first of those runs is older than an hour. */
  readonly tenantEasesInMs: number;
  /** Product trainings of all tenants that have not ended. */
  readonly fleetOpen: number;
};

export const createWorkload = (client: Client) => ({
  async of(tenantId: string): Promise<Workload> {
    const rows = await client.$queryRaw<[Workload]>`
      SELECT coalesce(sum(products) FILTER (WHERE is_recent), 0)::integer AS "tenantHourly",
             coalesce(extract(epoch FROM min(accepted_at) FILTER (WHERE is_recent) + interval '1 hour' - now()) * 1000, 0)::double precision AS "tenantEasesInMs",
             coalesce(sum(products_open), 0)::integer AS "fleetOpen"
      FROM (
        SELECT products, 0 AS products_open, accepted_at, true AS is_recent FROM training_runs
        WHERE tenant_id = ${tenantId} AND accepted_at > now() - interval '1 hour'
        UNION ALL
        SELECT 0, products_open, NULL, false FROM training_runs WHERE status IN ('accepted', 'running')
      ) AS work`;
    return rows[0];
  },
});
