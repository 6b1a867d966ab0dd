import { ChampionView, RollBackRequest } from "@levain/contracts";
import { championAfter, championRequestOf } from "../change-champion.js";
import type { ProducerDeps } from "../deps.js";
import { PROBLEMS } from "../problem.js";
import type { Server } from "../server.js";
import { OfProduct } from "./addresses.js";

export function rollBack(server: Server, deps: Pick<ProducerDeps, "rollBackChampion" | "championView">): void {
  server.route({
    method: "POST",
    url: "/v1/tenants/:tenantId/products/:productId/rollback",
    config: { access: "tenant" },
    schema: {
      operationId: "rollBack",
      tags: ["models"],
      summary: "Let the champion before this one serve again",
      description:
        "Rolling back again goes on to the one before that; models that do not verify are passed over. With `from`, only while that model is the champion. 409 where there is nothing before.",
      params: OfProduct,
      body: RollBackRequest.nullish(),
      response: { 200: ChampionView, ...PROBLEMS },
    },
    handler: async (request) => {
      const { tenantId, productId } = request.params;
      const answer = await deps.rollBackChampion(tenantId, productId, request.body?.from ?? null, championRequestOf(request, request.body?.reason));
      return championAfter(answer, { tenantId, productId, what: "product" }, deps);
    },
  });
}
