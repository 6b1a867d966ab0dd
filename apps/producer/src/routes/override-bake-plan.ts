import { BusinessDay, OverrideRequest, OverrideView } from "@levain/contracts";
import { tenantOf } from "../auth.js";
import { planDay, type PlanDeps } from "../bake-plan/plan-day.js";
import type { ProducerDeps } from "../deps.js";
import type { Projectors } from "../forecasts/project.js";
import { missing, PROBLEMS } from "../problem.js";
import type { Server } from "../server.js";
import { OfProduct } from "./addresses.js";

export function overrideBakePlan(server: Server, deps: PlanDeps & Pick<ProducerDeps, "findProduct" | "putOverride">, projectors: Projectors): void {
  server.route({
    method: "PUT",
    url: "/v1/tenants/:tenantId/bake-plan/:date/products/:productId",
    config: { access: "tenant" },
    schema: {
      operationId: "overrideBakePlan",
      tags: ["bake plan"],
      summary: "Bake another quantity than advised, and say why",
      description: "Kept with what was advised at that moment, so that both can be scored when the day is over.",
      params: OfProduct.extend({ date: BusinessDay }),
      body: OverrideRequest,
      response: { 200: OverrideView, ...PROBLEMS },
    },
    handler: async (request) => {
      const { tenantId, productId, date } = request.params;
      if (!(await deps.findProduct(tenantId, productId))) throw missing("product");
      const plan = await planDay(tenantOf(request), date, deps, projectors(tenantId));
      const advised = plan.items.find((item) => item.productId === productId)?.advised ?? null;
      const kept = await deps.putOverride(tenantId, date, { productId, ...request.body, advised });
      if (!kept) throw missing("product");
      const { decidedAt, ...override } = kept;
      return { ...override, date, decidedAt: decidedAt.toISOString() };
    },
  });
}
