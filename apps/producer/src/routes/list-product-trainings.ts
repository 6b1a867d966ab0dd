import { PageQuery, pageOf, ProductTrainingView } from "@levain/contracts";
import type { ProducerDeps } from "../deps.js";
import { PROBLEMS } from "../problem.js";
import type { Server } from "../server.js";
import { asBody, OfRun, runAt } from "./addresses.js";

export function listProductTrainings(server: Server, deps: Pick<ProducerDeps, "findRun" | "listProductTrainings">): void {
  server.route({
    method: "GET",
    url: "/v1/tenants/:tenantId/training-runs/:runId/products",
    config: { access: "tenant" },
    schema: {
      operationId: "listProductTrainings",
      tags: ["training runs"],
      summary: "What became of each product of a run, best sellers first",
      params: OfRun,
      querystring: PageQuery,
      response: { 200: pageOf(ProductTrainingView), ...PROBLEMS },
    },
    handler: async ({ params, query }) => {
      const run = await runAt(params, deps);
      return asBody(await deps.listProductTrainings(params.tenantId, run.id, query));
    },
  });
}
