/**
 * Deliveries of all tenants, as those see them who make them. A job names its delivery and the generation that it was put
 * on the queue with: what is written of another generation, or of a delivery that has ended, is written nowhere.
 */
import { messageIdOf, WebhookMessageKind, type DeliveryId, type FailureCode } from "@levain/contracts";
import type { Client } from "./client.js";

export type DeliveryName = { readonly deliveryId: DeliveryId; readonly generation: number };

/** All that it takes to make a delivery. */
export type Delivery = DeliveryName & {
  readonly tenantId: string;
  readonly messageId: string;
  readonly kind: WebhookMessageKind;
  readonly data: Readonly<Record<string, unknown>>;
  readonly occurredAt: Date;
  readonly endpointId: string;
  readonly url: string;
  /** The numbers of the secrets that sign: two while a rotation lasts. */
  readonly secretNumbers: readonly number[];
  readonly isDisabled: boolean;
};

/** A delivery as its job names it, with what the queue must know to go on where an earlier job ended. */
export type DeliveryJob = DeliveryName & { readonly attempts: number; readonly waitMs: number };

/** One attempt that came to nothing. */
export type FailedAttempt = { readonly code: FailureCode; readonly statusCode: number | null };

/** Deliveries in a row that fail for good before their webhook is disabled. At one run a day, and a day of attempts each, the better part of a week. */
const FAILED_IN_A_ROW_MAX = 5;

/** Days for which ended deliveries are kept, and for which a dedup key is known. */
const KEPT_DAYS = 30;

/** Messages forgotten in one go. */
const FORGET_SIZE = 1_000;

export const createDeliveries = (client: Client) => ({
  /** Null for one that has ended, or was put back on the queue since. */
  async find({ deliveryId, generation }: DeliveryName): Promise<Delivery | null> {
    const rows = await client.$queryRaw<(Omit<Delivery, "kind"> & { kind: string })[]>`
      SELECT d.id AS "deliveryId", d.generation, d.tenant_id AS "tenantId", m.id AS "messageId", m.kind, m.data, m.occurred_at AS "occurredAt",
        e.id AS "endpointId", e.url, e.disabled_at IS NOT NULL AS "isDisabled",
        CASE WHEN e.previous_until > now() THEN ARRAY[e.secret_number, e.secret_number - 1] ELSE ARRAY[e.secret_number] END AS "secretNumbers"
      FROM webhook_deliveries d
      JOIN webhook_messages m ON m.tenant_id = d.tenant_id AND m.id = d.message_id
      JOIN webhook_endpoints e ON e.tenant_id = d.tenant_id AND e.id = d.endpoint_id
      WHERE d.id = ${deliveryId}::uuid AND d.generation = ${generation} AND d.status = 'pending'`;
    const row = rows[0];
    return row ? { ...row, messageId: messageIdOf(row.messageId), kind: WebhookMessageKind.parse(row.kind) } : null;
  },

  /** The receiver has it. */
  async delivered({ deliveryId, generation }: DeliveryName, statusCode: number): Promise<void> {
    await client.$executeRaw`
      WITH ended AS (
        UPDATE webhook_deliveries
        SET status = 'delivered', ended_at = now(), attempts = attempts + 1, attempted_at = now(), next_attempt_at = NULL, status_code = ${statusCode}, failure_code = NULL
        WHERE id = ${deliveryId}::uuid AND generation = ${generation} AND status = 'pending'
        RETURNING tenant_id, endpoint_id
      )
      UPDATE webhook_endpoints e SET failed_in_a_row = 0 FROM ended
      WHERE e.tenant_id = ended.tenant_id AND e.id = ended.endpoint_id AND e.failed_in_a_row > 0`;
  },

  /** It comes again, after so long. */
  async attempted({ deliveryId, generation }: DeliveryName, { code, statusCode }: FailedAttempt, delayMs: number): Promise<void> {
    await client.$executeRaw`
      UPDATE webhook_deliveries
      SET attempts = attempts + 1, attempted_at = now(), next_attempt_at = now() + ${delayMs}::double precision * interval '1 millisecond',
        status_code = ${statusCode}, failure_code = ${code}
      WHERE id = ${deliveryId}::uuid AND generation = ${generation} AND status = 'pending'`;
  },

  /** It does not come again by itself. A receiver that is gone, or whose deliveries fail in a row, is told nothing more. */
  async failed({ deliveryId, generation }: DeliveryName, { code, statusCode }: FailedAttempt): Promise<void> {
    await client.$transaction([
      client.$executeRaw`
        WITH ended AS (
          UPDATE webhook_deliveries
          SET status = 'failed', ended_at = now(), attempts = attempts + 1, attempted_at = now(), next_attempt_at = NULL, status_code = ${statusCode}, failure_code = ${code}
          WHERE id = ${deliveryId}::uuid AND generation = ${generation} AND status = 'pending'
          RETURNING tenant_id, endpoint_id
        )
        UPDATE webhook_endpoints e SET failed_in_a_row = e.failed_in_a_row + 1 FROM ended
        WHERE e.tenant_id = ended.tenant_id AND e.id = ended.endpoint_id`,
      client.$queryRaw`
        SELECT disable_webhook_endpoint(e.tenant_id, e.id, CASE ${code}::text WHEN 'webhook.gone' THEN 'gone' ELSE 'failing' END, 'webhook.disabled')
        FROM webhook_deliveries d JOIN webhook_endpoints e ON e.tenant_id = d.tenant_id AND e.id = d.endpoint_id
        WHERE d.id = ${deliveryId}::uuid AND d.generation = ${generation} AND e.disabled_at IS NULL
          AND (${code}::text = 'webhook.gone' OR e.failed_in_a_row >= ${FAILED_IN_A_ROW_MAX})`,
    ]);
  },

  /** Notes that these are on the queue. To be said after they are, not before. */
  async markEnqueued(names: readonly DeliveryName[]): Promise<void> {
    await client.$executeRaw`
      UPDATE webhook_deliveries SET enqueued_at = now()
      WHERE (id, generation) IN (SELECT * FROM unnest(${names.map(({ deliveryId }) => deliveryId)}::uuid[], ${names.map(({ generation }) => generation)}::integer[]))`;
  },

  /** What the queue was not told of, the oldest first. */
  async untold(limit: number): Promise<readonly DeliveryJob[]> {
    return client.$queryRaw<DeliveryJob[]>`
      SELECT id AS "deliveryId", generation, attempts, greatest(0, coalesce(extract(epoch FROM next_attempt_at - now()) * 1000, 0))::double precision AS "waitMs"
      FROM webhook_deliveries WHERE status = 'pending' AND enqueued_at IS NULL
      ORDER BY created_at LIMIT ${limit}`;
  },

  /** What has been on the queue for so long and should have moved since, from a delivery on, by id. */
  async waiting(forMs: number, after: DeliveryId | null, limit: number): Promise<readonly DeliveryName[]> {
    return client.$queryRaw<DeliveryName[]>`
      SELECT id AS "deliveryId", generation FROM webhook_deliveries
      WHERE status = 'pending' AND greatest(enqueued_at, attempted_at) < now() - ${forMs}::double precision * interval '1 millisecond'
        AND enqueued_at IS NOT NULL AND (${after}::uuid IS NULL OR id > ${after}::uuid)
      ORDER BY id LIMIT ${limit}`;
  },

  /** Puts these back, as far as they are pending and nobody else did; all that are pending when null. How many. */
  async putBack(names: readonly DeliveryName[] | null): Promise<number> {
    return client.$executeRaw`
      UPDATE webhook_deliveries SET generation = generation + 1, enqueued_at = NULL
      WHERE status = 'pending' AND (${names === null}::boolean OR (id, generation) IN (
        SELECT * FROM unnest(${(names ?? []).map(({ deliveryId }) => deliveryId)}::uuid[], ${(names ?? []).map(({ generation }) => generation)}::integer[])))`;
  },

  /** Forgets messages of more than a month ago that nobody waits for. How many, at most a thousand at once. */
  async forgetOld(): Promise<number> {
    return client.$executeRaw`
      DELETE FROM webhook_messages WHERE (tenant_id, id) IN (
        SELECT m.tenant_id, m.id FROM webhook_messages m
        WHERE m.occurred_at < now() - ${KEPT_DAYS}::integer * interval '1 day'
          AND NOT EXISTS (SELECT FROM webhook_deliveries d WHERE d.tenant_id = m.tenant_id AND d.message_id = m.id AND d.status = 'pending')
        ORDER BY m.occurred_at LIMIT ${FORGET_SIZE})`;
  },
});
