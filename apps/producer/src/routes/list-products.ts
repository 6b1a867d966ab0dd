import { PageQuery, pageOf, ProductView } from "@levain/contracts";
import type { ProducerDeps } from "../deps.js";
import { PROBLEMS } from "../problem.js";
import type { Server } from "../server.js";
import { asBody, OfTenant } from "./addresses.js";

export function listProducts(server: Server, deps: Pick<ProducerDeps, "listProducts">): void {
  server.route({
    method: "GET",
    url: "/v1/tenants/:tenantId/products",
    config: { access: "tenant" },
    schema: {
      operationId: "listProducts",
      tags: ["products"],
      summary: "The tenant's products, as the last run saw them",
      params: OfTenant,
      querystring: PageQuery,
      response: { 200: pageOf(ProductView), ...PROBLEMS },
    },
    handler: async ({ params, query }) => asBody(await deps.listProducts(params.tenantId, query)),
  });
}
