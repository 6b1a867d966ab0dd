import { TenantView } from "@levain/contracts";
import { z } from "zod";
import type { ProducerDeps } from "../deps.js";
import { PROBLEMS } from "../problem.js";
import type { Server } from "../server.js";

export function listTenants(server: Server, deps: Pick<ProducerDeps, "listTenants">): void {
  server.route({
    method: "GET",
    url: "/v1/tenants",
    config: { access: "operator" },
    schema: {
      operationId: "listTenants",
      tags: ["tenants"],
      summary: "All tenants, by id",
      response: { 200: z.object({ items: z.array(TenantView) }), ...PROBLEMS },
    },
    handler: async () => {
      const tenants = await deps.listTenants();
      return { items: tenants.map(({ id, name, timeZone, country, nightlyAt }) => ({ id, name, timeZone, country, nightlyAt })) };
    },
  });
}
