/**
 * Postgres is the truth, the queue is how work moves. Work that Postgres knows and the queue was never told of (the
 * process died in between) is put on the queue with the next generation in its job id.
 */
import type { RunId, StartRunJob } from "@levain/contracts";

export type RepairDeps = {
  /** Runs accepted so long ago that their job should have been queued, and was not. */
  forgottenRuns(): Promise<readonly { runId: RunId; generation: number }[]>;
  enqueueStartRun(job: StartRunJob): Promise<void>;
  warn(sentence: string, fields: Record<string, unknown>): void;
};

export async function putBackForgottenRuns(deps: RepairDeps): Promise<void> {
  for (const { runId, generation } of await deps.forgottenRuns()) {
    await deps.enqueueStartRun({ version: 1, runId, generation: generation + 1 });
    deps.warn("forgotten run put back on the queue", { runId, generation: generation + 1 });
  }
}
