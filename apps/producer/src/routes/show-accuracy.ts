import { TenantAccuracyQuery, TenantAccuracyView } from "@levain/contracts";
import { accuracyRange } from "../accuracy-range.js";
import { tenantOf } from "../auth.js";
import type { ProducerDeps } from "../deps.js";
import { PROBLEMS } from "../problem.js";
import type { Server } from "../server.js";
import { OfTenant } from "./addresses.js";

export function showAccuracy(server: Server, deps: Pick<ProducerDeps, "tenantAccuracy" | "productAccuracies" | "tenantEconomics" | "now">): void {
  server.route({
    method: "GET",
    url: "/v1/tenants/:tenantId/accuracy",
    config: { access: "tenant" },
    schema: {
      operationId: "showAccuracy",
      tags: ["accuracy"],
      summary: "How good the forecasts were that were valid at the time, and what baking by them cost",
      description:
        "Each day is held against the forecast that was valid when it began; beside what the back-tests had promised, and beside the same weekday of last week. Products are paged, those first whose forecasts missed the most units.",
      params: OfTenant,
      querystring: TenantAccuracyQuery,
      response: { 200: TenantAccuracyView, ...PROBLEMS },
    },
    handler: async (request) => {
      const tenant = tenantOf(request);
      const { cursor, limit, ...asked } = request.query;
      const range = accuracyRange(asked, tenant, deps.now());
      const [{ figures, driftedProducts }, products, economics] = await Promise.all([
        deps.tenantAccuracy(tenant.id, range),
        deps.productAccuracies(tenant.id, range, { cursor, limit }),
        deps.tenantEconomics(tenant.id),
      ]);
      return { ...range, unit: tenant.unit, currency: economics?.currency ?? null, totals: figures, driftedProducts, items: [...products.items], nextCursor: products.nextCursor };
    },
  });
}
