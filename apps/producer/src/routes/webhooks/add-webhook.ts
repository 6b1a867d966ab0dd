import { NewWebhook, WebhookWithSecret } from "@levain/contracts";
import type { ProducerDeps } from "../../deps.js";
import { HttpProblem, PROBLEMS } from "../../problem.js";
import type { Server } from "../../server.js";
import type { ProducerSettings } from "../../settings.js";
import { OfTenant } from "../addresses.js";
import { fleetSecret, WEBHOOKS, withSecret } from "./addresses.js";

export function addWebhook(server: Server, deps: Pick<ProducerDeps, "addWebhook" | "log">, settings: Pick<ProducerSettings, "webhookSecret">): void {
  server.route({
    method: "POST",
    url: WEBHOOKS,
    config: { access: "tenant" },
    schema: {
      operationId: "addWebhook",
      tags: ["webhooks"],
      summary: "Have an address told what happens; its secret is shown once",
      description: "Messages are signed as Standard Webhooks (standardwebhooks.com) has it, and told at least once: a receiver knows one that it has had by its webhook-id.",
      params: OfTenant,
      body: NewWebhook,
      response: { 201: WebhookWithSecret, ...PROBLEMS },
    },
    handler: async (request, reply) => {
      const { tenantId } = request.params;
      fleetSecret(settings);
      const added = await deps.addWebhook(tenantId, request.body);
      if (!added) throw new HttpProblem(409, { title: "Too many webhooks", detail: "expected a tenant with fewer webhooks; delete one first" });
      deps.log.info("webhook added", { tenantId, webhookId: added.webhook.id, by: request.caller?.keyId, requestId: request.id });
      return reply.code(201).header("cache-control", "no-store").send(withSecret(added, settings));
    },
  });
}
