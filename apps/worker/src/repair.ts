/**
 * Postgres is the truth, the queue is how work moves. What Postgres knows and the queue was never told of, because a
 * process died in between, is put on the queue with the next generation in its job id: the queue ignores ids it has seen.
 */
import type { ProductId, RunId, StartRunJob } from "@levain/contracts";
import type { OpenProductTraining, Run } from "@levain/db";

export type RepairDeps = {
  openRuns(): Promise<readonly Run[]>;
  openProductTrainings(runId: RunId): Promise<readonly OpenProductTraining[]>;
  raiseGeneration(runId: RunId): Promise<number | null>;
  raiseProductGenerations(runId: RunId, productIds: readonly ProductId[]): Promise<readonly { productId: ProductId; rank: number; generation: number }[]>;
  enqueueStartRun(job: StartRunJob): Promise<void>;
  deal(runId: RunId, products: readonly { productId: ProductId; rank: number; generation: number }[]): Promise<void>;
  warn(sentence: string, fields: Record<string, unknown>): void;
  now(): Date;
};

/** Milliseconds that a process may take between writing and enqueueing before it counts as dead. */
const ENQUEUE_WITHIN_MS = 15_000;

export async function putBackForgottenWork(deps: RepairDeps): Promise<void> {
  const longAgo = deps.now().getTime() - ENQUEUE_WITHIN_MS;
  for (const run of await deps.openRuns()) {
    if (run.acceptedAt.getTime() > longAgo) continue;
    if (run.status === "accepted") await putBackStart(run, deps);
    else await putBackProducts(run, deps);
  }
}

async function putBackStart(run: Run, deps: RepairDeps): Promise<void> {
  if (run.enqueuedAt !== null) return;
  const generation = await deps.raiseGeneration(run.id);
  if (generation === null) return;
  await deps.enqueueStartRun({ version: 1, runId: run.id, generation, ...(run.requestId === null ? {} : { requestId: run.requestId }) });
  deps.warn("forgotten run put back on the queue", { runId: run.id, generation });
}

async function putBackProducts(run: Run, deps: RepairDeps): Promise<void> {
  const forgotten = (await deps.openProductTrainings(run.id)).filter((training) => training.enqueuedAt === null && training.status === "queued");
  if (forgotten.length === 0) return;
  const raised = await deps.raiseProductGenerations(run.id, forgotten.map((training) => training.productId));
  await deps.deal(run.id, raised);
  deps.warn("forgotten product trainings put back on the queue", { runId: run.id, products: raised.length });
}
