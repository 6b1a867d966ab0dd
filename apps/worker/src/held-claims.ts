/**
 * The claims that this process holds, by job: what a failure must name to be written. A failure of a job that never got
 * so far as to claim has none, and claims then; one whose claim was taken over since is refused by Postgres.
 */
import type { TrainProductJob } from "@levain/contracts";
import type { Claim } from "@levain/db";

export type HeldClaims = {
  hold(job: TrainProductJob, claim: Claim): void;
  /** The claim of this job's latest try, which is then no longer held. */
  letGo(job: TrainProductJob): Claim | null;
};

export function holdClaims(): HeldClaims {
  const held = new Map<string, Claim>();
  const keyOf = ({ runId, productId, generation }: TrainProductJob): string => JSON.stringify([runId, productId, generation]);
  return {
    hold: (job, claim) => void held.set(keyOf(job), claim),
    letGo: (job) => {
      const claim = held.get(keyOf(job)) ?? null;
      held.delete(keyOf(job));
      return claim;
    },
  };
}
