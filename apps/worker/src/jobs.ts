/** What Postgres knows of a run's start and of its product trainings, as the jobs that carry them. */
import type { RunId, StartRunJob, TrainProductJob } from "@levain/contracts";

/** Product trainings dealt in one go. */
export const DEAL_PAGE = 500;

type Asked = { readonly runId: RunId; readonly generation: number; readonly requestId?: string | null | undefined };

export const startJob = ({ runId, generation, requestId }: Asked): StartRunJob => ({ version: 1, runId, generation, ...(requestId ? { requestId } : {}) });

export const productJob = ({ runId, productId, generation, requestId }: Asked & { readonly productId: string }): TrainProductJob => ({
  version: 1,
  runId,
  productId,
  generation,
  ...(requestId ? { requestId } : {}),
});

export const pagesOf = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, page) => items.slice(page * size, (page + 1) * size));

/** The same items, those of one run together. */
export function byRun<T extends { readonly runId: RunId }>(items: readonly T[]): [T, ...T[]][] {
  const runs = new Map<RunId, [T, ...T[]]>();
  for (const item of items) {
    const ofRun = runs.get(item.runId);
    if (ofRun) ofRun.push(item);
    else runs.set(item.runId, [item]);
  }
  return [...runs.values()];
}
