import { ModelView, PageQuery, pageOf } from "@levain/contracts";
import type { ProducerDeps } from "../deps.js";
import { missing, PROBLEMS } from "../problem.js";
import type { Server } from "../server.js";
import { asBody, OfProduct } from "./addresses.js";

export function listModels(server: Server, deps: Pick<ProducerDeps, "findProduct" | "listModels">): void {
  server.route({
    method: "GET",
    url: "/v1/tenants/:tenantId/products/:productId/models",
    config: { access: "tenant" },
    schema: {
      operationId: "listModels",
      tags: ["products"],
      summary: "A product's models, the newest first",
      params: OfProduct,
      querystring: PageQuery,
      response: { 200: pageOf(ModelView), ...PROBLEMS },
    },
    handler: async ({ params, query }) => {
      if (!(await deps.findProduct(params.tenantId, params.productId))) throw missing("product");
      return asBody(await deps.listModels(params.tenantId, params.productId, query));
    },
  });
}
