/**
 * The nightly ledger: one row per tenant and local date, written together with the run it stands for. A tick that comes
 * twice, or to two workers at once, finds the row there and does nothing.
 */
import type { BusinessDay, RunId } from "@levain/contracts";
import type { Client } from "./client.js";
import { dayOfColumn } from "./column-day.js";
import { isUniqueViolation } from "./failures.js";

export type NightlyRun = { readonly cutoff: BusinessDay; readonly deadlineAt: Date; readonly requestId?: string | undefined };

export const createNightly = (client: Client) => ({
  /** The newest night of each tenant that had one. */
  async lastNights(): Promise<ReadonlyMap<string, BusinessDay>> {
    const rows = await client.night.groupBy({ by: ["tenantId"], _max: { night: true } });
    return new Map(rows.flatMap(({ tenantId, _max }) => (_max.night ? [[tenantId, dayOfColumn(_max.night)] as const] : [])));
  },

  /**
   * Accepts the run of one night. Null when the night has its run, or when a run of the tenant is open: then the night
   * stays due and a later tick takes it.
   */
  async claimNight(tenantId: string, night: BusinessDay, { cutoff, deadlineAt, requestId }: NightlyRun): Promise<{ readonly runId: RunId } | null> {
    try {
      const rows = await client.$queryRaw<{ run_id: RunId }[]>`
        WITH run AS (
          INSERT INTO training_runs (tenant_id, trigger, cutoff, deadline_at, request_id)
          SELECT ${tenantId}, 'nightly', ${cutoff}::date, ${deadlineAt.toISOString()}::timestamptz, ${requestId ?? null}
          WHERE NOT EXISTS (SELECT FROM nightly_ledger n WHERE n.tenant_id = ${tenantId} AND n.night = ${night}::date)
          ON CONFLICT DO NOTHING
          RETURNING id
        )
        INSERT INTO nightly_ledger (tenant_id, night, run_id) SELECT ${tenantId}, ${night}::date, id FROM run
        RETURNING run_id`;
      return rows[0] ? { runId: rows[0].run_id } : null;
    } catch (fault) {
      // Another worker wrote the night and its run already ended, both after this statement had begun to look.
      if (isUniqueViolation(fault)) return null;
      throw fault;
    }
  },
});
