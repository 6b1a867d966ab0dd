import { z } from "zod";
import type { ProducerDeps } from "../deps.js";
import { missing, PROBLEMS } from "../problem.js";
import type { Server } from "../server.js";
import { OfTenant } from "./addresses.js";

const Instant = z.iso.datetime().nullable();
const ListedKey = z.object({ keyId: z.string(), label: z.string(), createdAt: Instant, expiresAt: Instant, revokedAt: Instant });

export function listKeys(server: Server, deps: Pick<ProducerDeps, "findTenant" | "listTenantKeys">): void {
  server.route({
    method: "GET",
    url: "/v1/tenants/:tenantId/keys",
    config: { access: "operator" },
    schema: {
      operationId: "listKeys",
      tags: ["tenants"],
      summary: "A tenant's keys, the newest first, without their secrets",
      params: OfTenant,
      response: { 200: z.object({ items: z.array(ListedKey) }), ...PROBLEMS },
    },
    handler: async ({ params }) => {
      if (!(await deps.findTenant(params.tenantId))) throw missing("tenant");
      const keys = await deps.listTenantKeys(params.tenantId);
      const text = (at: Date | null): string | null => at?.toISOString() ?? null;
      return {
        items: keys.map(({ keyId, label, createdAt, expiresAt, revokedAt }) => ({
          keyId,
          label,
          createdAt: text(createdAt),
          expiresAt: text(expiresAt),
          revokedAt: text(revokedAt),
        })),
      };
    },
  });
}
