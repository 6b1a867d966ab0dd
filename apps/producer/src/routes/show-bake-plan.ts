import { BakePlanQuery, BakePlanView } from "@levain/contracts";
import { z } from "zod";
import { tenantOf } from "../auth.js";
import { csvOf } from "../bake-plan/csv.js";
import { PAGE_CSP, pageOfPlan } from "../bake-plan/page.js";
import { planDay, type PlanDeps } from "../bake-plan/plan-day.js";
import type { Projectors } from "../forecasts/project.js";
import { PROBLEMS } from "../problem.js";
import type { Server } from "../server.js";
import { OfTenant } from "./addresses.js";

export function showBakePlan(server: Server, deps: PlanDeps, projectors: Projectors): void {
  server.route({
    method: "GET",
    url: "/v1/tenants/:tenantId/bake-plan",
    config: { access: "tenant" },
    schema: {
      operationId: "showBakePlan",
      tags: ["bake plan"],
      summary: "How many of each product to bake on a day, so that waste and empty shelves cost least together",
      description:
        "Over everything that may be asked for, not the median alone: the quantity of the critical ratio, rounded to the cheaper tray, with the display's minimum, and within the ovens. Products without a quantity say why.",
      params: OfTenant,
      querystring: BakePlanQuery,
      response: {
        200: {
          description: "The plan",
          content: { "application/json": { schema: BakePlanView }, "text/csv": { schema: z.string() }, "text/html": { schema: z.string() } },
        },
        ...PROBLEMS,
      },
    },
    handler: async (request, reply) => {
      const tenant = tenantOf(request);
      const { date, format } = request.query;
      const plan = await planDay(tenant, date, deps, projectors(tenant.id));
      if (format === "csv") return reply.type("text/csv; charset=utf-8").header("content-disposition", `attachment; filename="bake-plan-${date}.csv"`).serializer(String).send(csvOf(plan));
      if (format === "html") return reply.type("text/html; charset=utf-8").header("content-security-policy", PAGE_CSP).serializer(String).send(pageOfPlan(tenant, plan));
      return plan;
    },
  });
}
