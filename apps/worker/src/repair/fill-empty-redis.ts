/**
 * A Redis that was emptied, restarted without its data or replaced does not know the fleet's epoch. Then everything that
 * is open is put back: its next generation is untold, and telling it is the same as ever. The epoch is written before the
 * jobs are, so that a Redis which is emptied again in between is noticed again.
 */
import type { RunId } from "@levain/contracts";
import type { CountRepairs } from "./count-repairs.js";

export type FillEmptyRedisDeps = {
  fleetEpoch(): Promise<string>;
  redisEpoch(): Promise<string | null>;
  rememberEpoch(epoch: string): Promise<void>;
  openRuns(): Promise<readonly { readonly id: RunId; readonly tenantId: string }[]>;
  /** How many jobs. */
  putRunBack(run: { readonly tenantId: string; readonly runId: RunId }): Promise<number>;
  /** Everything that is still to be told to webhooks; how many. */
  putAllDeliveriesBack(): Promise<number>;
  repaired: CountRepairs;
  warn(sentence: string, fields: Record<string, unknown>): void;
};

export async function fillEmptyRedis(deps: FillEmptyRedisDeps): Promise<void> {
  const [fleet, redis] = await Promise.all([deps.fleetEpoch(), deps.redisEpoch()]);
  if (fleet === redis) return;
  let jobs = await deps.putAllDeliveriesBack();
  // One run at a time: each is one statement, and none holds up another run's commits.
  for (const { id, tenantId } of await deps.openRuns()) jobs += await deps.putRunBack({ tenantId, runId: id });
  await deps.rememberEpoch(fleet);
  if (jobs === 0) return;
  deps.repaired("wiped", jobs);
  deps.warn("Redis was emptied: everything open is put back", { jobs });
}
