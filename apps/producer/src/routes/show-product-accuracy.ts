import { AccuracyQuery, ProductAccuracyView } from "@levain/contracts";
import { accuracyRange } from "../accuracy-range.js";
import { tenantOf } from "../auth.js";
import type { ProducerDeps } from "../deps.js";
import { missing, PROBLEMS } from "../problem.js";
import type { Server } from "../server.js";
import { OfProduct } from "./addresses.js";

export function showProductAccuracy(server: Server, deps: Pick<ProducerDeps, "findProduct" | "productAccuracy" | "tenantEconomics" | "now">): void {
  server.route({
    method: "GET",
    url: "/v1/tenants/:tenantId/products/:productId/accuracy",
    config: { access: "tenant" },
    schema: {
      operationId: "showProductAccuracy",
      tags: ["accuracy"],
      summary: "How good a product's forecasts were, day by day, and whether its sales have left them behind",
      params: OfProduct,
      querystring: AccuracyQuery,
      response: { 200: ProductAccuracyView, ...PROBLEMS },
    },
    handler: async (request) => {
      const tenant = tenantOf(request);
      const { productId } = request.params;
      const range = accuracyRange(request.query, tenant, deps.now());
      if (!(await deps.findProduct(tenant.id, productId))) throw missing("product");
      const [{ figures, drift, days }, economics] = await Promise.all([deps.productAccuracy(tenant.id, productId, range), deps.tenantEconomics(tenant.id)]);
      return { ...range, productId, unit: tenant.unit, currency: economics?.currency ?? null, ...figures, drift: [...drift], dailyRows: [...days] };
    },
  });
}
