/** From an accepted run to its result table: what `up`, `train` and `watch` have in common. */
import { pageOf, ProductTrainingView, RunView } from "@levain/contracts";
import type { z } from "zod";
import { ApiProblem, type Api } from "./api.js";
import { openProgressView } from "./progress-bar.js";
import { resultTable, summaryOf } from "./result-table.js";

/** Asks for a run; the one that is already open is followed instead of refused. */
export async function askForRun(api: Api, tenantId: string, request: { cutoff?: string; productIds?: string[] }): Promise<{ runId: string; isNew: boolean }> {
  try {
    const run = await api.call("POST", `/v1/tenants/${tenantId}/training-runs`, RunView, request);
    return { runId: run.id, isNew: true };
  } catch (error) {
    const openRunId = error instanceof ApiProblem ? error.problem.openRunId : undefined;
    if (openRunId === undefined) throw error;
    return { runId: openRunId, isNew: false };
  }
}

/** Shows a run until it has ended. @returns the run, whose totals say whether it went well. */
export async function followRun(api: Api, tenantId: string, runId: string, signal?: AbortSignal): Promise<RunView> {
  const view = openProgressView();
  try {
    for await (const { event } of api.follow(tenantId, runId, signal)) view.show(event);
  } finally {
    view.end();
  }
  const run = await api.call("GET", `/v1/tenants/${tenantId}/training-runs/${runId}`, RunView);
  const trainings = await listAll(api, `/v1/tenants/${tenantId}/training-runs/${runId}/products`, ProductTrainingView);
  console.log(`\n${resultTable(trainings)}\n${summaryOf(run)}`);
  return run;
}

/** Whether every product was trained or skipped with a reason. */
export const wentWell = (run: RunView): boolean => run.status === "finished" && run.totals.failed === 0 && run.totals.dead === 0 && run.totals.cancelled === 0;

async function listAll<T>(api: Api, path: string, item: z.ZodType<T>): Promise<T[]> {
  const all: T[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? "?limit=200" : `?limit=200&cursor=${encodeURIComponent(cursor)}`;
    const page: { items: T[]; nextCursor: string | null } = await api.call("GET", `${path}${query}`, pageOf(item));
    all.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return all;
}
