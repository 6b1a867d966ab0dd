import { setImmediate } from "node:timers/promises";
import { ForecastItem, ForecastsQuery, pageOf } from "@levain/contracts";
import { tenantOf } from "../auth.js";
import type { ProducerDeps } from "../deps.js";
import type { Projectors } from "../forecasts/project.js";
import { levelsOf, viewOf } from "../forecasts/view.js";
import { PROBLEMS } from "../problem.js";
import type { Server } from "../server.js";
import { OfTenant } from "./addresses.js";

/** Products computed between two looks at what else the process has to answer. */
const PRODUCTS_AT_ONCE = 8;

export function listForecasts(server: Server, deps: Pick<ProducerDeps, "servedProducts" | "now">, projectors: Projectors): void {
  server.route({
    method: "GET",
    url: "/v1/tenants/:tenantId/forecasts",
    config: { access: "tenant" },
    schema: {
      operationId: "listForecasts",
      tags: ["products"],
      summary: "The forecasts of all products, computed from the models that serve",
      description: "Paged by product id. A product that cannot be forecast says why.",
      params: OfTenant,
      querystring: ForecastsQuery,
      response: { 200: pageOf(ForecastItem), ...PROBLEMS },
    },
    handler: async (request) => {
      const { tenantId } = request.params;
      const { cursor, limit, ...asked } = request.query;
      const { unit, missingDay } = tenantOf(request);
      const page = await deps.servedProducts(tenantId, { cursor, limit });
      const projector = projectors(tenantId);
      const items: ForecastItem[] = [];
      for (const [i, product] of page.items.entries()) {
        if (i % PRODUCTS_AT_ONCE === 0) await setImmediate();
        const projection = await projector.project(product, missingDay, { levels: levelsOf(asked), horizonDays: asked.horizon, explains: asked.components ?? false });
        items.push("unavailable" in projection ? { productId: product.id, unavailable: projection.unavailable } : viewOf(product.id, unit, projection, asked, deps.now()));
      }
      return { items, nextCursor: page.nextCursor };
    },
  });
}
