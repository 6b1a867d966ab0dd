/** What a tenant may want told, whom it is told, and what became of telling it. */
import { z } from "zod";
import { FailureCodeName } from "./names.js";

export const WebhookKind = z.enum(["run.finished", "product.drifted", "artifact.refused"]);
export type WebhookKind = z.infer<typeof WebhookKind>;

/** What a message may be of: a test is told to one webhook, whatever that one wants. */
export const WebhookMessageKind = z.enum([...WebhookKind.options, "webhook.test"]);
export type WebhookMessageKind = z.infer<typeof WebhookMessageKind>;

export const WebhookId = z.uuid().meta({ description: "Webhook id" });
export type WebhookId = z.infer<typeof WebhookId>;

export const DeliveryId = z.uuid().meta({ description: "Delivery id" });
export type DeliveryId = z.infer<typeof DeliveryId>;

/** Characters. As long as browsers and proxies are sure to take. */
const ADDRESS_MAX = 2_048;

/** Of the public internet, which is checked when it is connected to. A name or a password in it would end up in logs of others. */
export const WebhookAddress = z
  .url({ protocol: /^https?$/, error: "expected an http or https address" })
  .max(ADDRESS_MAX)
  .regex(/^https?:\/\/[^/?#@]+(?:[/?#]|$)/i, "expected an address without a user name")
  .meta({ description: "Where messages are posted to", example: "https://shop.example/hooks/levain" });

export const NewWebhook = z.strictObject({
  url: WebhookAddress,
  kinds: z.array(WebhookKind).min(1).max(WebhookKind.options.length).default([...WebhookKind.options]).meta({ description: "What it wants told; all when absent" }),
});
export type NewWebhook = z.infer<typeof NewWebhook>;

const Instant = z.iso.datetime();

export const WebhookView = z.object({
  id: WebhookId,
  url: z.string(),
  kinds: z.array(WebhookKind),
  createdAt: Instant,
  previousSecretUntil: Instant.nullable().meta({ description: "Until then messages are signed with the secret before as well" }),
  failedInARow: z.number().int().meta({ description: "Deliveries that failed for good since the last that arrived" }),
  disabledAt: Instant.nullable(),
  disabledReason: z.enum(["gone", "failing"]).nullable().meta({ description: "gone: it answered 410. failing: too many deliveries failed in a row" }),
});
export type WebhookView = z.infer<typeof WebhookView>;

export const WebhookWithSecret = WebhookView.extend({ secret: z.string().meta({ description: "What messages are signed with; shown this once" }) });
export type WebhookWithSecret = z.infer<typeof WebhookWithSecret>;

export const DeliveryStatus = z.enum(["pending", "delivered", "failed"]);

export const WebhookDeliveryView = z.object({
  id: DeliveryId,
  webhookId: WebhookId,
  messageId: z.string().meta({ description: "The header webhook-id: the same on every attempt" }),
  kind: WebhookMessageKind,
  status: DeliveryStatus,
  attempts: z.number().int(),
  createdAt: Instant,
  attemptedAt: Instant.nullable(),
  nextAttemptAt: Instant.nullable(),
  endedAt: Instant.nullable(),
  statusCode: z.number().int().nullable().meta({ description: "The receiver's last answer; null where there was none" }),
  failureCode: FailureCodeName.nullable().meta({ description: "What was wrong with the last attempt" }),
});
export type WebhookDeliveryView = z.infer<typeof WebhookDeliveryView>;

/** The header webhook-id of a message. */
export const messageIdOf = (id: string): string => `msg_${id}`;
