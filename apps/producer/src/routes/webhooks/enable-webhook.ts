import { WebhookView } from "@levain/contracts";
import type { ProducerDeps } from "../../deps.js";
import { missing, PROBLEMS } from "../../problem.js";
import type { Server } from "../../server.js";
import { OfWebhook, WEBHOOK } from "./addresses.js";

export function enableWebhook(server: Server, deps: Pick<ProducerDeps, "enableWebhook" | "log">): void {
  server.route({
    method: "POST",
    url: `${WEBHOOK}/enable`,
    config: { access: "tenant" },
    schema: {
      operationId: "enableWebhook",
      tags: ["webhooks"],
      summary: "Take a webhook into use again that was disabled",
      description: "What failed in the meantime is told again when it is redelivered. Enabling twice changes nothing.",
      params: OfWebhook,
      response: { 200: WebhookView, ...PROBLEMS },
    },
    handler: async (request) => {
      const { tenantId, webhookId } = request.params;
      const enabled = await deps.enableWebhook(tenantId, webhookId);
      if (!enabled) throw missing("webhook");
      deps.log.info("webhook enabled", { tenantId, webhookId, by: request.caller?.keyId, requestId: request.id });
      return enabled.webhook;
    },
  });
}
