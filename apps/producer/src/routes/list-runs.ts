import { PageQuery, pageOf, RunView } from "@levain/contracts";
import type { ProducerDeps } from "../deps.js";
import { PROBLEMS } from "../problem.js";
import type { Server } from "../server.js";
import { asBody, OfTenant } from "./addresses.js";

export function listRuns(server: Server, deps: Pick<ProducerDeps, "listRuns">): void {
  server.route({
    method: "GET",
    url: "/v1/tenants/:tenantId/training-runs",
    config: { access: "tenant" },
    schema: {
      operationId: "listRuns",
      tags: ["training runs"],
      summary: "The tenant's training runs, the newest first",
      params: OfTenant,
      querystring: PageQuery,
      response: { 200: pageOf(RunView), ...PROBLEMS },
    },
    handler: async ({ params, query }) => asBody(await deps.listRuns(params.tenantId, query)),
  });
}
