import { z } from "zod";
import type { ProducerDeps } from "../../deps.js";
import { missing, PROBLEMS } from "../../problem.js";
import type { Server } from "../../server.js";
import { OfWebhook, WEBHOOK } from "./addresses.js";

export function deleteWebhook(server: Server, deps: Pick<ProducerDeps, "deleteWebhook" | "log">): void {
  server.route({
    method: "DELETE",
    url: WEBHOOK,
    config: { access: "tenant" },
    schema: {
      operationId: "deleteWebhook",
      tags: ["webhooks"],
      summary: "Tell an address nothing more, for good",
      params: OfWebhook,
      response: { 204: z.undefined().meta({ description: "What was still to be told to it is not" }), ...PROBLEMS },
    },
    handler: async (request, reply) => {
      const { tenantId, webhookId } = request.params;
      if (!(await deps.deleteWebhook(tenantId, webhookId))) throw missing("webhook");
      deps.log.info("webhook deleted", { tenantId, webhookId, by: request.caller?.keyId, requestId: request.id });
      return reply.code(204).send();
    },
  });
}
