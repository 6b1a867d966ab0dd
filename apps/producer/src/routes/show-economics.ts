import { ProductEconomics, ProductId, TenantEconomics } from "@levain/contracts";
import { z } from "zod";
import type { ProducerDeps } from "../deps.js";
import { PROBLEMS } from "../problem.js";
import type { Server } from "../server.js";
import { OfTenant } from "./addresses.js";

const EconomicsView = z.object({ tenant: TenantEconomics.nullable(), products: z.array(z.object({ productId: ProductId, economics: ProductEconomics })) });

export function showEconomics(server: Server, deps: Pick<ProducerDeps, "tenantEconomics" | "productEconomics">): void {
  server.route({
    method: "GET",
    url: "/v1/tenants/:tenantId/economics",
    config: { access: "tenant" },
    schema: {
      operationId: "showEconomics",
      tags: ["bake plan"],
      summary: "What baking costs and brings, of the tenant and of each product that has something of its own",
      params: OfTenant,
      response: { 200: EconomicsView, ...PROBLEMS },
    },
    handler: async ({ params: { tenantId } }) => {
      const [tenant, products] = await Promise.all([deps.tenantEconomics(tenantId), deps.productEconomics(tenantId)]);
      return { tenant, products: [...products].map(([productId, economics]) => ({ productId, economics })).sort((a, b) => (a.productId < b.productId ? -1 : 1)) };
    },
  });
}
