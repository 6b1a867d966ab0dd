/** The end of a run: the lease goes back and everyone who watches is told. Postgres has already recorded it. */
import type { ProgressEvent, RunId, RunView } from "@levain/contracts";

export type FinishRunDeps = {
  runView(tenantId: string, runId: RunId): Promise<RunView | null>;
  releaseLease(tenantId: string, runId: RunId): Promise<unknown>;
  tell(event: ProgressEvent): void;
  observeRun(run: RunView): void;
  warn(sentence: string, fields: Record<string, unknown>): void;
  now(): Date;
};

export async function finishRun(tenantId: string, runId: RunId, deps: FinishRunDeps): Promise<void> {
  const run = await deps.runView(tenantId, runId);
  // A lease that stays is a leftover: the next run's start takes it over at once.
  await deps.releaseLease(tenantId, runId).catch((error: unknown) => deps.warn("lease of an ended run not released", { tenantId, runId, error }));
  if (!run) return;
  deps.tell({ type: "run.finished", runId, at: deps.now().toISOString(), status: run.status, totals: run.totals });
  deps.observeRun(run);
}
