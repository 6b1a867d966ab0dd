import { TenantSettings, TenantView } from "@levain/contracts";
import type { ProducerDeps } from "../deps.js";
import { PROBLEMS } from "../problem.js";
import type { Server } from "../server.js";
import { OfTenant } from "./addresses.js";

export function putTenant(server: Server, deps: Pick<ProducerDeps, "putTenant">): void {
  server.route({
    method: "PUT",
    url: "/v1/tenants/:tenantId",
    config: { access: "operator" },
    schema: {
      operationId: "putTenant",
      tags: ["tenants"],
      summary: "Describe a tenant: zone, country, place, sources, nightly hour",
      description: "Replaces all of its settings; what is left out takes its default.",
      params: OfTenant,
      body: TenantSettings,
      response: { 200: TenantView, 201: TenantView, ...PROBLEMS },
    },
    handler: async ({ params, body }, reply) => {
      const written = await deps.putTenant(params.tenantId, body);
      const { name, timeZone, country, nightlyAt } = body;
      return reply.code(written === "created" ? 201 : 200).send({ id: params.tenantId, name, timeZone, country, nightlyAt });
    },
  });
}
