import { WebhookDeliveryView } from "@levain/contracts";
import type { ProducerDeps } from "../../deps.js";
import { missing, PROBLEMS } from "../../problem.js";
import type { Server } from "../../server.js";
import { isDisabled, OfWebhook, WEBHOOK } from "./addresses.js";

export function testWebhook(server: Server, deps: Pick<ProducerDeps, "findWebhook" | "testWebhook" | "findDelivery" | "enqueueDelivery">): void {
  server.route({
    method: "POST",
    url: `${WEBHOOK}/test`,
    config: { access: "tenant" },
    schema: {
      operationId: "testWebhook",
      tags: ["webhooks"],
      summary: "Tell a webhook a test message of the type webhook.test",
      params: OfWebhook,
      response: { 202: WebhookDeliveryView, ...PROBLEMS },
    },
    handler: async ({ params: { tenantId, webhookId } }, reply) => {
      if (!(await deps.findWebhook(tenantId, webhookId))) throw missing("webhook");
      const asked = await deps.testWebhook(tenantId, webhookId);
      if (!asked) throw isDisabled();
      await deps.enqueueDelivery(asked);
      const delivery = await deps.findDelivery(tenantId, asked.deliveryId);
      if (!delivery) throw missing("delivery");
      return reply.code(202).send(delivery);
    },
  });
}
