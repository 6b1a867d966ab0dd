import { ProductEconomics, TenantEconomics } from "@levain/contracts";
import type { ProducerDeps } from "../deps.js";
import { missing, PROBLEMS } from "../problem.js";
import type { Server } from "../server.js";
import { OfProduct, OfTenant } from "./addresses.js";

export function putEconomics(server: Server, deps: Pick<ProducerDeps, "putTenantEconomics" | "putProductEconomics">): void {
  server.route({
    method: "PUT",
    url: "/v1/tenants/:tenantId/economics",
    config: { access: "tenant" },
    schema: {
      operationId: "putTenantEconomics",
      tags: ["bake plan"],
      summary: "Set the currency, the ovens, and what holds for products that say nothing of their own",
      description: "Replaces what was set before. Money is per unit, in the currency.",
      params: OfTenant,
      body: TenantEconomics,
      response: { 200: TenantEconomics, ...PROBLEMS },
    },
    handler: async ({ params, body }) => {
      await deps.putTenantEconomics(params.tenantId, body);
      return body;
    },
  });
  server.route({
    method: "PUT",
    url: "/v1/tenants/:tenantId/products/:productId/economics",
    config: { access: "tenant" },
    schema: {
      operationId: "putProductEconomics",
      tags: ["bake plan"],
      summary: "Set a product's price, costs, tray, display and oven",
      description: "Replaces what was set before. What is left out is as the tenant's defaults say.",
      params: OfProduct,
      body: ProductEconomics,
      response: { 200: ProductEconomics, ...PROBLEMS },
    },
    handler: async ({ params, body }) => {
      if (!(await deps.putProductEconomics(params.tenantId, params.productId, body))) throw missing("product");
      return body;
    },
  });
}
