/** What else the fleet keeps in Redis and would not come back by itself: the nightly tick and the leases of running runs. */
import type { RunId, RunStatus } from "@levain/contracts";
import type { CountRepairs } from "./count-repairs.js";

type RunRow = { readonly id: RunId; readonly tenantId: string; readonly status: RunStatus };

export type KeepInRedisDeps = {
  isNightlyTickSet(): Promise<boolean>;
  setNightlyTick(): Promise<void>;
  openRuns(): Promise<readonly RunRow[]>;
  takeLease(tenantId: string, runId: RunId): Promise<unknown>;
  releaseLease(tenantId: string, runId: RunId): Promise<unknown>;
  repaired: CountRepairs;
};

export async function keepNightlyTick(deps: KeepInRedisDeps): Promise<void> {
  if (await deps.isNightlyTickSet()) return;
  await deps.setNightlyTick();
  deps.repaired("nightly-tick", 1);
}

/** A run that waits for a free worker keeps its lease all the same; one that ended meanwhile must not be left with it. */
export async function keepLeases(deps: KeepInRedisDeps): Promise<void> {
  const running = (runs: readonly RunRow[]): RunRow[] => runs.filter(({ status }) => status === "running");
  const before = running(await deps.openRuns());
  await Promise.all(before.map(({ tenantId, id }) => deps.takeLease(tenantId, id)));
  if (before.length === 0) return;
  const after = new Set(running(await deps.openRuns()).map(({ id }) => id));
  await Promise.all(before.filter(({ id }) => !after.has(id)).map(({ tenantId, id }) => deps.releaseLease(tenantId, id)));
}
