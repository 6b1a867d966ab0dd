/** `levain webhooks`: whom a tenant wants told what happens, and what became of telling them. */
import { WebhookKind } from "@levain/contracts";
import { Option, type Command } from "commander";
import { connectFromOptions, withConnectionOptions, type ConnectionOptions } from "./connection.js";

/** Deliveries shown. */
const SHOWN_MAX = 20;

export function registerWebhooks(program: Command): void {
  const webhooks = program.command("webhooks").description("have addresses told what happens; see docs/webhooks.md");

  withConnectionOptions(webhooks.command("add").argument("<url>", "where messages are posted to"))
    .description("add a webhook; its secret is shown once")
    .addOption(new Option("--kinds <kinds...>", "what it wants told; all when absent").choices(WebhookKind.options))
    .action(async (url: string, { kinds, ...options }: ConnectionOptions & { kinds?: WebhookKind[] }) => {
      const { api, tenantId } = await connectFromOptions(options);
      const { id, secret } = await api.post("/v1/tenants/{tenantId}/webhooks", { params: { path: { tenantId } }, body: { url, kinds } });
      console.log(`${id}\nIts secret, shown this once: ${secret}`);
    });

  withConnectionOptions(webhooks.command("list"))
    .description("show a tenant's webhooks")
    .action(async (options: ConnectionOptions) => {
      const { api, tenantId } = await connectFromOptions(options);
      const { items } = await api.get("/v1/tenants/{tenantId}/webhooks", { params: { path: { tenantId } } });
      for (const { id, url, kinds, disabledReason } of items) {
        const state = disabledReason === null ? "" : `  disabled: ${disabledReason}`;
        console.log(`${id}  ${url}  ${kinds.join(", ")}${state}`);
      }
    });

  withConnectionOptions(webhooks.command("test").argument("<webhook>", "id of the webhook"))
    .description("tell a webhook a test message")
    .action(async (webhookId: string, options: ConnectionOptions) => {
      const { api, tenantId } = await connectFromOptions(options);
      const { messageId } = await api.post("/v1/tenants/{tenantId}/webhooks/{webhookId}/test", { params: { path: { tenantId, webhookId } } });
      console.log(`${messageId} is on its way; what became of it: levain webhooks deliveries ${webhookId}`);
    });

  withConnectionOptions(webhooks.command("deliveries").argument("<webhook>", "id of the webhook"))
    .description("show what became of a webhook's newest messages")
    .action(async (webhookId: string, options: ConnectionOptions) => {
      const { api, tenantId } = await connectFromOptions(options);
      const { items } = await api.get("/v1/tenants/{tenantId}/webhooks/{webhookId}/deliveries", { params: { path: { tenantId, webhookId }, query: { limit: SHOWN_MAX } } });
      for (const { createdAt, kind, status, attempts, statusCode, failureCode } of items) {
        const answer = [statusCode, failureCode].filter((known) => known !== null).join(" ");
        console.log(`${createdAt}  ${kind}  ${status} after ${attempts}  ${answer}`);
      }
    });

  withConnectionOptions(webhooks.command("delete").argument("<webhook>", "id of the webhook"))
    .description("tell an address nothing more")
    .action(async (webhookId: string, options: ConnectionOptions) => {
      const { api, tenantId } = await connectFromOptions(options);
      await api.delete("/v1/tenants/{tenantId}/webhooks/{webhookId}", { params: { path: { tenantId, webhookId } } });
      console.log(`Webhook ${webhookId} is told nothing more.`);
    });
}
