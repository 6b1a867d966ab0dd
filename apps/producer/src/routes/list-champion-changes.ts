import { ChampionChange, PageQuery, pageOf } from "@levain/contracts";
import type { ProducerDeps } from "../deps.js";
import { missing, PROBLEMS } from "../problem.js";
import type { Server } from "../server.js";
import { asBody, OfProduct } from "./addresses.js";

export function listChampionChanges(server: Server, deps: Pick<ProducerDeps, "findProduct" | "listChampionChanges">): void {
  server.route({
    method: "GET",
    url: "/v1/tenants/:tenantId/products/:productId/champion-changes",
    config: { access: "tenant" },
    schema: {
      operationId: "listChampionChanges",
      tags: ["models"],
      summary: "The audit of a product's champion, the newest first",
      description:
        "One entry for each time that it changed hands, was pinned or let go of: who, when, from which model to which, and why. Numbers have no gap; nothing is ever rewritten.",
      params: OfProduct,
      querystring: PageQuery,
      response: { 200: pageOf(ChampionChange), ...PROBLEMS },
    },
    handler: async ({ params, query }) => {
      if (!(await deps.findProduct(params.tenantId, params.productId))) throw missing("product");
      return asBody(await deps.listChampionChanges(params.tenantId, params.productId, query));
    },
  });
}
