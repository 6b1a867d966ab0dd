/** What the addresses of webhooks name, and the secrets that go with them. */
import { DeliveryId, TenantId, WebhookId, type WebhookWithSecret } from "@levain/contracts";
import type { NumberedWebhook } from "@levain/db";
import { webhookSecret } from "@levain/webhooks";
import { z } from "zod";
import { HttpProblem } from "../../problem.js";
import type { ProducerSettings } from "../../settings.js";

export const OfWebhook = z.object({ tenantId: TenantId, webhookId: WebhookId });
export const OfDelivery = OfWebhook.extend({ deliveryId: DeliveryId });

export const WEBHOOKS = "/v1/tenants/:tenantId/webhooks";
export const WEBHOOK = `${WEBHOOKS}/:webhookId`;

/** A webhook with what it signs with, for the one answer that shows it. @throws HttpProblem 503 where nobody set this server up for webhooks */
export function withSecret({ webhook, secretNumber }: NumberedWebhook, settings: Pick<ProducerSettings, "webhookSecret">): WebhookWithSecret {
  return { ...webhook, secret: webhookSecret(fleetSecret(settings), webhook.id, secretNumber) };
}

/** From which all secrets follow. @throws HttpProblem 503 */
export function fleetSecret({ webhookSecret: secret }: Pick<ProducerSettings, "webhookSecret">): string {
  if (secret === undefined) throw new HttpProblem(503, { title: "Webhooks are not set up", detail: "expected an operator to have given this service its WEBHOOK_SECRET" });
  return secret;
}

export const isDisabled = (): HttpProblem =>
  new HttpProblem(409, { type: "urn:levain:problem:webhook-disabled", title: "The webhook is disabled", detail: "expected a webhook in use; enable it first" });
