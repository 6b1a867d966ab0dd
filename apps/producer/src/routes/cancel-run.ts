import { RunView } from "@levain/contracts";
import type { ProducerDeps } from "../deps.js";
import { HttpProblem, PROBLEMS } from "../problem.js";
import type { Server } from "../server.js";
import { OfRun, runAt } from "./addresses.js";

type CancelDeps = Pick<ProducerDeps, "findRun" | "cancelRun" | "releaseLease" | "publish" | "now" | "log">;

export function cancelRun(server: Server, deps: CancelDeps): void {
  server.route({
    method: "POST",
    url: "/v1/tenants/:tenantId/training-runs/:runId/cancel",
    config: { access: "tenant" },
    schema: {
      operationId: "cancelRun",
      tags: ["training runs"],
      summary: "End an open run",
      description: "Products already trained keep their models; nothing else of the run is written any more. Cancelling twice changes nothing.",
      params: OfRun,
      response: { 200: RunView, ...PROBLEMS },
    },
    handler: async (request) => {
      const { tenantId, runId } = (await runAt(request.params, deps)) && request.params;
      const hasEndedNow = await deps.cancelRun(tenantId, runId);
      const run = await runAt(request.params, deps);
      if (hasEndedNow) await tell(run, request.id, deps);
      else if (run.status !== "cancelled") throw new HttpProblem(409, { title: "The run has ended", detail: `expected an open run, got one that is ${run.status}` });
      return run;
    },
  });
}

/** Postgres has ended the run; that the lease and the watchers hear of it late would be a nuisance, not a fault. */
async function tell(run: RunView, requestId: string, deps: CancelDeps): Promise<void> {
  const told = await Promise.allSettled([
    deps.releaseLease(run.tenantId, run.id),
    deps.publish({ type: "run.finished", runId: run.id, at: deps.now().toISOString(), status: run.status, totals: run.totals }),
  ]);
  for (const result of told) {
    if (result.status === "rejected") deps.log.warn("cancelled run not told", { runId: run.id, tenantId: run.tenantId, requestId, error: result.reason });
  }
}
