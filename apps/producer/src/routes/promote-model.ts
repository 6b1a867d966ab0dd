import { ChampionView, ChangeChampionRequest } from "@levain/contracts";
import { championAfter, championRequestOf } from "../change-champion.js";
import type { ProducerDeps } from "../deps.js";
import { PROBLEMS } from "../problem.js";
import type { Server } from "../server.js";
import { OfModel } from "./addresses.js";

export function promoteModel(server: Server, deps: Pick<ProducerDeps, "promoteModel" | "championView">): void {
  server.route({
    method: "POST",
    url: "/v1/tenants/:tenantId/products/:productId/models/:modelId/promote",
    config: { access: "tenant" },
    schema: {
      operationId: "promoteModel",
      tags: ["models"],
      summary: "Let a model of the product serve, also one that was rejected",
      description: "Promoting the champion changes nothing. A model whose stored bytes do not verify answers 409. A pin stays, and now holds this model.",
      params: OfModel,
      body: ChangeChampionRequest.nullish(),
      response: { 200: ChampionView, ...PROBLEMS },
    },
    handler: async (request) => {
      const { tenantId, productId, modelId } = request.params;
      const answer = await deps.promoteModel(tenantId, productId, modelId, championRequestOf(request, request.body?.reason));
      return championAfter(answer, { tenantId, productId, what: "model of this product" }, deps);
    },
  });
}
