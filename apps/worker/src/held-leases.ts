/**
 * The leases that this process keeps alive. Every product training of a run holds its run's lease while it lasts; the
 * process renews each lease once, however many trainings hold it.
 */
import type { RunId } from "@levain/contracts";

export type HeldLeases = {
  keep(tenantId: string, runId: RunId): { stop(): void };
  count(): number;
};

export function holdLeases(startRenewing: (tenantId: string, runId: RunId) => { stop(): void }): HeldLeases {
  const held = new Map<string, { holders: number; renewal: { stop(): void } }>();
  return {
    keep(tenantId, runId) {
      const key = `${tenantId}/${runId}`;
      const lease = held.get(key) ?? { holders: 0, renewal: startRenewing(tenantId, runId) };
      lease.holders += 1;
      held.set(key, lease);
      let isHeld = true;
      return {
        stop: () => {
          if (!isHeld) return;
          isHeld = false;
          lease.holders -= 1;
          if (lease.holders > 0) return;
          lease.renewal.stop();
          held.delete(key);
        },
      };
    },
    count: () => held.size,
  };
}
