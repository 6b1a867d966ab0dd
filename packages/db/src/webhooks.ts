/** A tenant's webhooks as its requests see them: whom it wants told of what, and what became of telling them. */
import {
  DeliveryStatus,
  FailureCodeName,
  messageIdOf,
  WebhookKind,
  WebhookMessageKind,
  WebhookView,
  type DeliveryId,
  type NewWebhook,
  type WebhookDeliveryView,
  type WebhookId,
} from "@levain/contracts";
import type { Client } from "./client.js";
import { isInstant, isUuid, keyAfter, pageOfRows, rowsFor, type Keyset, type Page, type PageRequest } from "./page.js";

/** Which of its secrets a webhook signs with; see packages/webhooks. */
export type NumberedWebhook = { readonly webhook: WebhookView; readonly secretNumber: number };

/** What is to be put on the queue. */
export type AskedDelivery = { readonly deliveryId: DeliveryId; readonly generation: number };

/** Webhooks of one tenant. More would be a way to have us post a lot. */
const WEBHOOKS_MAX = 20;

/** Hours for which the secret before a rotation signs as well: long enough to bring the new one to a receiver. */
const ROTATION_HOURS = 24;

const BY_CREATION: Keyset<{ createdAt: string; id: string }> = {
  listing: "webhook-deliveries",
  read: ([createdAt, id]) => (isInstant(createdAt) && isUuid(id) ? { createdAt, id } : null),
};

type EndpointRow = {
  readonly id: string;
  readonly url: string;
  readonly kinds: string[];
  readonly secretNumber: number;
  readonly previousUntil: Date | null;
  readonly failedInARow: number;
  readonly createdAt: Date;
  readonly disabledAt: Date | null;
  readonly disabledReason: string | null;
};

const NOT_DELETED = { OR: [{ disabledReason: null }, { disabledReason: { not: "deleted" } }] };

export const createWebhooks = (client: Client, tenantId: string) => ({
  /** Null when the tenant has as many as it may. */
  async addWebhook({ url, kinds }: NewWebhook): Promise<NumberedWebhook | null> {
    const rows = await client.$queryRaw<{ id: string }[]>`
      INSERT INTO webhook_endpoints (tenant_id, url, kinds)
      SELECT ${tenantId}, ${url}, ${[...new Set(kinds)]}::text[]
      WHERE (SELECT count(*) FROM webhook_endpoints e WHERE e.tenant_id = ${tenantId} AND e.disabled_reason IS DISTINCT FROM 'deleted') < ${WEBHOOKS_MAX}
      RETURNING id`;
    return rows[0] ? numbered(client, tenantId, rows[0].id) : null;
  },

  /** Null for one that was deleted, too. */
  webhook: (id: WebhookId): Promise<NumberedWebhook | null> => numbered(client, tenantId, id),

  /** The newest first. */
  async webhooks(): Promise<readonly WebhookView[]> {
    const rows = await client.webhookEndpoint.findMany({ where: { tenantId, ...NOT_DELETED }, orderBy: [{ createdAt: "desc" }, { id: "asc" }] });
    return rows.map(webhookViewOf);
  },

  /** For good; what was still to be told is not. False when there was none. */
  async deleteWebhook(id: WebhookId): Promise<boolean> {
    const rows = await client.$queryRaw<[{ deleted: boolean }]>`
      SELECT disable_webhook_endpoint(${tenantId}, ${id}::uuid, 'deleted', 'webhook.disabled') AS deleted`;
    return rows[0].deleted;
  },

  /** Takes a webhook that was disabled into use again; one that is in use stays so. Null when there is none. */
  async enableWebhook(id: WebhookId): Promise<NumberedWebhook | null> {
    await client.webhookEndpoint.updateMany({ where: { tenantId, id, disabledReason: { not: "deleted" } }, data: { disabledAt: null, disabledReason: null, failedInARow: 0 } });
    return numbered(client, tenantId, id);
  },

  /** From now on messages are signed with the next secret; with the one before, too, for a day. */
  async rotateWebhook(id: WebhookId): Promise<NumberedWebhook | null> {
    await client.$executeRaw`
      UPDATE webhook_endpoints SET secret_number = secret_number + 1, previous_until = now() + ${ROTATION_HOURS}::integer * interval '1 hour'
      WHERE tenant_id = ${tenantId} AND id = ${id}::uuid AND disabled_reason IS DISTINCT FROM 'deleted'`;
    return numbered(client, tenantId, id);
  },

  /** Writes a test message for one webhook. Null when there is none in use. */
  async testWebhook(id: WebhookId): Promise<AskedDelivery | null> {
    const rows = await client.$queryRaw<AskedDelivery[]>`
      WITH asked AS (SELECT tenant_id, id FROM webhook_endpoints WHERE tenant_id = ${tenantId} AND id = ${id}::uuid AND disabled_at IS NULL),
      message AS (
        INSERT INTO webhook_messages (tenant_id, kind, dedup_key, data)
        SELECT a.tenant_id, 'webhook.test', gen_random_uuid()::text, jsonb_build_object('tenantId', a.tenant_id, 'webhookId', a.id) FROM asked a
        RETURNING tenant_id, id
      )
      INSERT INTO webhook_deliveries (tenant_id, message_id, endpoint_id)
      SELECT m.tenant_id, m.id, a.id FROM message m, asked a
      RETURNING id AS "deliveryId", generation`;
    return rows[0] ?? null;
  },

  /** Asks for a delivery that has ended once more. Null for one that is pending or unknown, or whose webhook is disabled. */
  async redeliver(deliveryId: DeliveryId): Promise<AskedDelivery | null> {
    const rows = await client.$queryRaw<AskedDelivery[]>`
      UPDATE webhook_deliveries d
      SET status = 'pending', generation = d.generation + 1, enqueued_at = NULL, attempts = 0, next_attempt_at = NULL, failure_code = NULL, ended_at = NULL
      FROM webhook_endpoints e
      WHERE d.tenant_id = ${tenantId} AND d.id = ${deliveryId}::uuid AND d.status <> 'pending'
        AND e.tenant_id = d.tenant_id AND e.id = d.endpoint_id AND e.disabled_at IS NULL
      RETURNING d.id AS "deliveryId", d.generation`;
    return rows[0] ?? null;
  },

  async webhookDelivery(deliveryId: DeliveryId): Promise<WebhookDeliveryView | null> {
    const row = await client.webhookDelivery.findFirst({ where: { tenantId, id: deliveryId }, include: { message: { select: { kind: true } } } });
    return row && deliveryViewOf(row);
  },

  /** The newest first. */
  async webhookDeliveries(id: WebhookId, page: PageRequest): Promise<Page<WebhookDeliveryView>> {
    const after = keyAfter(BY_CREATION, page);
    const rows = await client.webhookDelivery.findMany({
      where: {
        tenantId,
        endpointId: id,
        ...(after && { createdAt: { lte: after.createdAt }, OR: [{ createdAt: { lt: after.createdAt } }, { id: { lt: after.id } }] }),
      },
      include: { message: { select: { kind: true } } },
      orderBy: [{ createdAt: "desc" }, { id: "desc" }],
      take: rowsFor(page),
    });
    return pageOfRows(BY_CREATION, page, rows, (row) => [row.createdAt.toISOString(), row.id], deliveryViewOf);
  },
});

async function numbered(client: Client, tenantId: string, id: WebhookId): Promise<NumberedWebhook | null> {
  const row = await client.webhookEndpoint.findFirst({ where: { tenantId, id, ...NOT_DELETED } });
  return row && { webhook: webhookViewOf(row), secretNumber: row.secretNumber };
}

const webhookViewOf = (row: EndpointRow): WebhookView => ({
  id: row.id,
  url: row.url,
  kinds: WebhookKind.array().parse(row.kinds),
  createdAt: row.createdAt.toISOString(),
  previousSecretUntil: row.previousUntil?.toISOString() ?? null,
  failedInARow: row.failedInARow,
  disabledAt: row.disabledAt?.toISOString() ?? null,
  disabledReason: WebhookView.shape.disabledReason.parse(row.disabledReason),
});

type DeliveryRow = {
  readonly id: string;
  readonly endpointId: string;
  readonly messageId: string;
  readonly message: { readonly kind: string };
  readonly status: string;
  readonly attempts: number;
  readonly createdAt: Date;
  readonly attemptedAt: Date | null;
  readonly nextAttemptAt: Date | null;
  readonly endedAt: Date | null;
  readonly statusCode: number | null;
  readonly failureCode: string | null;
};

const deliveryViewOf = (row: DeliveryRow): WebhookDeliveryView => ({
  id: row.id,
  webhookId: row.endpointId,
  messageId: messageIdOf(row.messageId),
  kind: WebhookMessageKind.parse(row.message.kind),
  status: DeliveryStatus.parse(row.status),
  attempts: row.attempts,
  createdAt: row.createdAt.toISOString(),
  attemptedAt: row.attemptedAt?.toISOString() ?? null,
  nextAttemptAt: row.nextAttemptAt?.toISOString() ?? null,
  endedAt: row.endedAt?.toISOString() ?? null,
  statusCode: row.statusCode,
  failureCode: FailureCodeName.nullable().parse(row.failureCode),
});
