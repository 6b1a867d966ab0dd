/**
 * The nightly plan. A tick every quarter of an hour asks which tenants' nights are due; the ledger row in Postgres makes
 * a night happen once, so that a doubled or late tick is harmless and a missed night is caught up by the next tick.
 */
import { addDays } from "@levain/calendar";
import type { BusinessDay, RunId, StartRunJob } from "@levain/contracts";
import { dueTenants, type NightlyTenant } from "@levain/training";

export type NightlyDeps = {
  tenants(): Promise<readonly NightlyTenant[]>;
  /** Writes ledger row and run in one transaction; null when the night is taken or a run of the tenant is open. */
  claimNight(tenantId: string, night: BusinessDay, cutoff: BusinessDay): Promise<{ runId: RunId } | null>;
  enqueueStartRun(job: StartRunJob): Promise<void>;
  info(sentence: string, fields: Record<string, unknown>): void;
  now(): Date;
};

export const startDueNights = async (deps: NightlyDeps): Promise<void> => startNights(await deps.tenants(), deps);

/** Only nights that were missed: of tenants that have had one before. A fleet that was down need not wait for its next tick. */
export const catchUpNights = async (deps: NightlyDeps): Promise<void> => startNights((await deps.tenants()).filter(({ lastNight }) => lastNight !== null), deps);

async function startNights(tenants: readonly NightlyTenant[], deps: NightlyDeps): Promise<void> {
  for (const { tenantId, night } of dueTenants(deps.now(), tenants)) {
    const claimed = await deps.claimNight(tenantId, night, addDays(night, -1));
    if (!claimed) continue;
    await deps.enqueueStartRun({ version: 1, runId: claimed.runId, generation: 1 });
    deps.info("nightly run accepted", { tenantId, night, runId: claimed.runId });
  }
}
