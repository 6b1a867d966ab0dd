/**
 * One job: tell one receiver one message. Postgres says what and whom; sending comes before noting that it was sent, so a
 * worker that dies in between makes another one send it again, under the same id: at least once, never not at all.
 */
import { Failure, type DeliverWebhookJob } from "@levain/contracts";
import type { Delivery, FailedAttempt } from "@levain/db";

export type DeliverDeps = {
  /** Null for one that has ended, or was put back since. */
  findDelivery(job: DeliverWebhookJob): Promise<Delivery | null>;
  /** @returns the receiver's status, 2xx. @throws Failure of a `webhook.*` code */
  send(delivery: Delivery, signal: AbortSignal): Promise<number>;
  delivered(job: DeliverWebhookJob, statusCode: number): Promise<void>;
  attempted(job: DeliverWebhookJob, attempt: FailedAttempt, delayMs: number): Promise<void>;
  failed(job: DeliverWebhookJob, attempt: FailedAttempt): Promise<void>;
  observe(outcome: "delivered" | "retried" | "failed"): void;
  info(sentence: string, fields: Record<string, unknown>): void;
  warn(sentence: string, fields: Record<string, unknown>): void;
};

export async function deliver(job: DeliverWebhookJob, deps: DeliverDeps, signal: AbortSignal): Promise<void> {
  const delivery = await deps.findDelivery(job);
  if (!delivery) return;
  if (delivery.isDisabled) throw new Failure("webhook.disabled", "the webhook was disabled or deleted");
  const startedAt = performance.now();
  const status = await deps.send(delivery, signal);
  await deps.delivered(job, status);
  deps.observe("delivered");
  const { tenantId, endpointId: webhookId, deliveryId, kind } = delivery;
  deps.info("webhook delivered", { tenantId, webhookId, deliveryId, kind, status, durationMs: Math.round(performance.now() - startedAt) });
}

/** Noted before the queue moves the job, as with trainings. */
export async function deliveryRetried(job: DeliverWebhookJob, failure: Failure, delayMs: number, deps: DeliverDeps): Promise<void> {
  await deps.attempted(job, attemptOf(failure), delayMs);
  deps.observe("retried");
  deps.warn("webhook will be told again", { ...fieldsOf(job, failure), delayMs });
}

export async function deliveryFailed(job: DeliverWebhookJob, failure: Failure, deps: DeliverDeps): Promise<void> {
  await deps.failed(job, attemptOf(failure));
  deps.observe("failed");
  deps.warn("webhook not delivered", fieldsOf(job, failure));
}

const attemptOf = ({ code, facts }: Failure): FailedAttempt => ({ code, statusCode: typeof facts["status"] === "number" ? facts["status"] : null });

const fieldsOf = ({ deliveryId }: DeliverWebhookJob, { code, message, facts }: Failure): Record<string, unknown> => ({ deliveryId, code, message, ...facts });
