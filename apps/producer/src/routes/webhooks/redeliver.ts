import { WebhookDeliveryView } from "@levain/contracts";
import type { ProducerDeps } from "../../deps.js";
import { HttpProblem, missing, PROBLEMS } from "../../problem.js";
import type { Server } from "../../server.js";
import { isDisabled, OfDelivery, WEBHOOK } from "./addresses.js";

type RedeliverDeps = Pick<ProducerDeps, "findWebhook" | "findDelivery" | "redeliver" | "enqueueDelivery">;

export function redeliver(server: Server, deps: RedeliverDeps): void {
  server.route({
    method: "POST",
    url: `${WEBHOOK}/deliveries/:deliveryId/redeliver`,
    config: { access: "tenant" },
    schema: {
      operationId: "redeliverWebhook",
      tags: ["webhooks"],
      summary: "Tell a message once more that was delivered or has failed, under the same webhook-id",
      params: OfDelivery,
      response: { 202: WebhookDeliveryView, ...PROBLEMS },
    },
    handler: async ({ params: { tenantId, webhookId, deliveryId } }, reply) => {
      const found = await deps.findWebhook(tenantId, webhookId);
      const delivery = found && (await deps.findDelivery(tenantId, deliveryId));
      if (!found || delivery?.webhookId !== webhookId) throw missing("delivery of this webhook");
      if (found.webhook.disabledAt !== null) throw isDisabled();
      const asked = await deps.redeliver(tenantId, deliveryId);
      if (!asked) throw new HttpProblem(409, { title: "The delivery is pending", detail: "expected a delivery that has ended; this one comes again by itself" });
      await deps.enqueueDelivery(asked);
      const pending = await deps.findDelivery(tenantId, deliveryId);
      if (!pending) throw missing("delivery of this webhook");
      return reply.code(202).send(pending);
    },
  });
}
