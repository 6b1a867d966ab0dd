import { z } from "zod";
import type { ProducerDeps } from "../deps.js";
import { missing, PROBLEMS } from "../problem.js";
import type { Server } from "../server.js";
import { OfTenant } from "./addresses.js";

const OfKey = OfTenant.extend({ keyId: z.string().regex(/^[0-9a-z]{12,32}$/, "expected the id of a key") });

export function revokeKey(server: Server, deps: Pick<ProducerDeps, "revokeTenantKey" | "log">): void {
  server.route({
    method: "DELETE",
    url: "/v1/tenants/:tenantId/keys/:keyId",
    config: { access: "operator" },
    schema: {
      operationId: "revokeKey",
      tags: ["tenants"],
      summary: "End a tenant's key for good, at once",
      params: OfKey,
      response: { 204: z.undefined().meta({ description: "The key opens nothing any more" }), ...PROBLEMS },
    },
    handler: async (request, reply) => {
      const { tenantId, keyId } = request.params;
      if (!(await deps.revokeTenantKey(tenantId, keyId))) throw missing("key that is not revoked");
      deps.log.info("key revoked", { keyId, tenantId, by: request.caller?.keyId, requestId: request.id });
      return reply.code(204).send();
    },
  });
}
