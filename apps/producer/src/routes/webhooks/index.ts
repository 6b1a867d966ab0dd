/** Whom a tenant wants told of what happens, and what became of telling them. */
import type { ProducerDeps } from "../../deps.js";
import type { Server } from "../../server.js";
import type { ProducerSettings } from "../../settings.js";
import { addWebhook } from "./add-webhook.js";
import { deleteWebhook } from "./delete-webhook.js";
import { enableWebhook } from "./enable-webhook.js";
import { listDeliveries } from "./list-deliveries.js";
import { listWebhooks } from "./list-webhooks.js";
import { redeliver } from "./redeliver.js";
import { rotateWebhookSecret } from "./rotate-webhook-secret.js";
import { testWebhook } from "./test-webhook.js";

export function addWebhookRoutes(server: Server, deps: ProducerDeps, settings: ProducerSettings): void {
  addWebhook(server, deps, settings);
  listWebhooks(server, deps);
  deleteWebhook(server, deps);
  enableWebhook(server, deps);
  rotateWebhookSecret(server, deps, settings);
  testWebhook(server, deps);
  listDeliveries(server, deps);
  redeliver(server, deps);
}
