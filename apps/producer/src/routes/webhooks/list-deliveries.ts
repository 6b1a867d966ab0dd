import { PageQuery, pageOf, WebhookDeliveryView } from "@levain/contracts";
import type { ProducerDeps } from "../../deps.js";
import { missing, PROBLEMS } from "../../problem.js";
import type { Server } from "../../server.js";
import { asBody } from "../addresses.js";
import { OfWebhook, WEBHOOK } from "./addresses.js";

export function listDeliveries(server: Server, deps: Pick<ProducerDeps, "findWebhook" | "listDeliveries">): void {
  server.route({
    method: "GET",
    url: `${WEBHOOK}/deliveries`,
    config: { access: "tenant" },
    schema: {
      operationId: "listWebhookDeliveries",
      tags: ["webhooks"],
      summary: "What became of a webhook's messages, the newest first; kept for a month",
      params: OfWebhook,
      querystring: PageQuery,
      response: { 200: pageOf(WebhookDeliveryView), ...PROBLEMS },
    },
    handler: async ({ params: { tenantId, webhookId }, query }) => {
      if (!(await deps.findWebhook(tenantId, webhookId))) throw missing("webhook");
      return asBody(await deps.listDeliveries(tenantId, webhookId, query));
    },
  });
}
