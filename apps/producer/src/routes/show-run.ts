import { RunView } from "@levain/contracts";
import type { ProducerDeps } from "../deps.js";
import { PROBLEMS } from "../problem.js";
import type { Server } from "../server.js";
import { OfRun, runAt } from "./addresses.js";

export function showRun(server: Server, deps: Pick<ProducerDeps, "findRun">): void {
  server.route({
    method: "GET",
    url: "/v1/tenants/:tenantId/training-runs/:runId",
    config: { access: "tenant" },
    schema: {
      operationId: "showRun",
      tags: ["training runs"],
      summary: "One training run",
      params: OfRun,
      response: { 200: RunView, ...PROBLEMS },
    },
    handler: ({ params }) => runAt(params, deps),
  });
}
