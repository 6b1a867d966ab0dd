import { ChampionView, ChangeChampionRequest } from "@levain/contracts";
import { championAfter, championRequestOf } from "../change-champion.js";
import type { ProducerDeps } from "../deps.js";
import { PROBLEMS } from "../problem.js";
import type { Server } from "../server.js";
import { OfProduct } from "./addresses.js";

type PinDeps = Pick<ProducerDeps, "pinChampion" | "championView">;

/** The pin of a product: put it in, or take it out. */
export function pinChampion(server: Server, deps: PinDeps): void {
  addRoute(server, deps, "PUT", {
    operationId: "pinChampion",
    summary: "Hold the champion in its place",
    description: "Runs go on training the product, and keep their models as rejected. Promoting and rolling back still work. Pinning twice changes nothing.",
  });
  addRoute(server, deps, "DELETE", {
    operationId: "unpinChampion",
    summary: "Let go of the champion",
    description: "The next better model takes its place. Letting go twice changes nothing.",
  });
}

function addRoute(server: Server, deps: PinDeps, method: "PUT" | "DELETE", about: { operationId: string; summary: string; description: string }): void {
  server.route({
    method,
    url: "/v1/tenants/:tenantId/products/:productId/pin",
    config: { access: "tenant" },
    schema: { ...about, tags: ["models"], params: OfProduct, body: ChangeChampionRequest.nullish(), response: { 200: ChampionView, ...PROBLEMS } },
    handler: async (request) => {
      const { tenantId, productId } = request.params;
      const answer = await deps.pinChampion(tenantId, productId, method === "PUT", championRequestOf(request, request.body?.reason));
      return championAfter(answer, { tenantId, productId, what: "product" }, deps);
    },
  });
}
