import { WebhookView } from "@levain/contracts";
import { z } from "zod";
import type { ProducerDeps } from "../../deps.js";
import { PROBLEMS } from "../../problem.js";
import type { Server } from "../../server.js";
import { OfTenant } from "../addresses.js";
import { WEBHOOKS } from "./addresses.js";

export function listWebhooks(server: Server, deps: Pick<ProducerDeps, "listWebhooks">): void {
  server.route({
    method: "GET",
    url: WEBHOOKS,
    config: { access: "tenant" },
    schema: {
      operationId: "listWebhooks",
      tags: ["webhooks"],
      summary: "A tenant's webhooks, the newest first, without their secrets",
      params: OfTenant,
      response: { 200: z.object({ items: z.array(WebhookView) }), ...PROBLEMS },
    },
    handler: async ({ params }) => ({ items: [...(await deps.listWebhooks(params.tenantId))] }),
  });
}
