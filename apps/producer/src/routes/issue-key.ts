import { z } from "zod";
import type { ProducerDeps } from "../deps.js";
import { HttpProblem, missing, PROBLEMS } from "../problem.js";
import type { Server } from "../server.js";
import { OfTenant } from "./addresses.js";

const NewKey = z.strictObject({
  label: z.string().min(1).max(200).meta({ description: "What a person calls it", example: "till in the front shop" }),
  expiresAt: z.iso.datetime({ offset: true }).optional().meta({ description: "Good for ever when absent" }),
});

const IssuedKey = z.object({ keyId: z.string(), secret: z.string().meta({ description: "The whole key; shown this once" }) });

export function issueKey(server: Server, deps: Pick<ProducerDeps, "findTenant" | "issueTenantKey" | "now" | "log">): void {
  server.route({
    method: "POST",
    url: "/v1/tenants/:tenantId/keys",
    config: { access: "operator" },
    schema: {
      operationId: "issueKey",
      tags: ["tenants"],
      summary: "Issue a key for a tenant, shown once",
      params: OfTenant,
      body: NewKey,
      response: { 201: IssuedKey, ...PROBLEMS },
    },
    handler: async (request, reply) => {
      const { params, body } = request;
      if (!(await deps.findTenant(params.tenantId))) throw missing("tenant");
      const expiresAt = body.expiresAt === undefined ? undefined : new Date(body.expiresAt);
      if (expiresAt && expiresAt <= deps.now()) throw new HttpProblem(400, { detail: "expected body.expiresAt in the future" });
      const { keyId, secret } = await deps.issueTenantKey(params.tenantId, { label: body.label, ...(expiresAt && { expiresAt }) });
      deps.log.info("key issued", { keyId, tenantId: params.tenantId, by: request.caller?.keyId, requestId: request.id });
      return reply.code(201).header("cache-control", "no-store").send({ keyId, secret });
    },
  });
}
