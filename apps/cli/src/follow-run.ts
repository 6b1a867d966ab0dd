/** From an accepted run to its result table: what `up`, `train` and `watch` have in common. */
import { ApiProblem, everyItem, type Levain } from "@levain/client";
import type { ProductTrainingView, RunView } from "@levain/contracts";
import { openProgressView } from "./progress-bar.js";
import { decisionsOf, resultTable, summaryOf } from "./result-table.js";

/** Asks for a run; the one that is already open is followed instead of refused. */
export async function askForRun(api: Levain, tenantId: string, request: { cutoff?: string; productIds?: string[] }): Promise<{ runId: string; isNew: boolean }> {
  try {
    const run = await api.post("/v1/tenants/{tenantId}/training-runs", { params: { path: { tenantId } }, body: request });
    return { runId: run.id, isNew: true };
  } catch (error) {
    const openRunId = error instanceof ApiProblem ? error.problem.openRunId : undefined;
    if (openRunId === undefined) throw error;
    return { runId: openRunId, isNew: false };
  }
}

/** Shows a run until it has ended. @returns the run, whose totals say whether it went well. */
export async function followRun(api: Levain, tenantId: string, runId: string, signal?: AbortSignal): Promise<RunView> {
  const view = openProgressView();
  try {
    for await (const { event } of api.follow(tenantId, runId, signal)) view.show(event);
  } finally {
    view.end();
  }
  const path = { tenantId, runId };
  const run = await api.get("/v1/tenants/{tenantId}/training-runs/{runId}", { params: { path } });
  const trainings: ProductTrainingView[] = [];
  const pages = (cursor?: string) => api.get("/v1/tenants/{tenantId}/training-runs/{runId}/products", { params: { path, query: { limit: 200, cursor } } });
  for await (const training of everyItem(pages)) trainings.push(training);
  console.log(`\n${resultTable(trainings)}\n${decisionsOf(trainings)}${summaryOf(run)}`);
  return run;
}

/** Whether every product was trained or skipped with a reason. */
export const wentWell = (run: RunView): boolean => run.status === "finished" && run.totals.failed === 0 && run.totals.dead === 0 && run.totals.cancelled === 0;
