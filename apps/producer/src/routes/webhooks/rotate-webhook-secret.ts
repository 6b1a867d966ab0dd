import { WebhookWithSecret } from "@levain/contracts";
import type { ProducerDeps } from "../../deps.js";
import { missing, PROBLEMS } from "../../problem.js";
import type { Server } from "../../server.js";
import type { ProducerSettings } from "../../settings.js";
import { fleetSecret, OfWebhook, WEBHOOK, withSecret } from "./addresses.js";

export function rotateWebhookSecret(server: Server, deps: Pick<ProducerDeps, "rotateWebhook" | "log">, settings: Pick<ProducerSettings, "webhookSecret">): void {
  server.route({
    method: "POST",
    url: `${WEBHOOK}/rotate-secret`,
    config: { access: "tenant" },
    schema: {
      operationId: "rotateWebhookSecret",
      tags: ["webhooks"],
      summary: "Give a webhook another secret, shown once",
      description: "For a day messages carry two signatures, one by each secret, so that a receiver may change over when it likes.",
      params: OfWebhook,
      response: { 200: WebhookWithSecret, ...PROBLEMS },
    },
    handler: async (request, reply) => {
      const { tenantId, webhookId } = request.params;
      fleetSecret(settings);
      const rotated = await deps.rotateWebhook(tenantId, webhookId);
      if (!rotated) throw missing("webhook");
      deps.log.info("webhook secret rotated", { tenantId, webhookId, by: request.caller?.keyId, requestId: request.id });
      return reply.header("cache-control", "no-store").send(withSecret(rotated, settings));
    },
  });
}
