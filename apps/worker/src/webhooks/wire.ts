/** Fills what it takes to deliver with Postgres and the sender, and takes deliveries from the queue. */
import type { Db } from "@levain/db";
import { consume, type Consumer, type ConsumerOptions } from "@levain/queue";
import type { Logger } from "@levain/runtime";
import { webhookSecret, type Sender } from "@levain/webhooks";
import { deliver, deliveryFailed, deliveryRetried, type DeliverDeps } from "./deliver.js";

export type DeliverWorld = { readonly db: Pick<Db, "deliveries">; readonly sender: Sender; observe: DeliverDeps["observe"] };

/** @param fleetSecret from which every webhook's secrets follow */
export const wireDeliver = ({ db, sender, observe }: DeliverWorld, fleetSecret: string, log: Pick<Logger, "info" | "warn">): DeliverDeps => ({
  findDelivery: (job) => db.deliveries.find(job),
  send: ({ tenantId, endpointId, url, secretNumbers, messageId, kind, occurredAt, data }, signal) => {
    const secrets = secretNumbers.map((number) => webhookSecret(fleetSecret, endpointId, number));
    return sender.send({ id: endpointId, url, secrets }, { id: messageId, type: kind, occurredAt, data: { tenantId, ...data } }, signal);
  },
  delivered: (job, statusCode) => db.deliveries.delivered(job, statusCode),
  attempted: (job, attempt, delayMs) => db.deliveries.attempted(job, attempt, delayMs),
  failed: (job, attempt) => db.deliveries.failed(job, attempt),
  observe,
  info: (sentence, fields) => log.info(sentence, fields),
  warn: (sentence, fields) => log.warn(sentence, fields),
});

export const consumeDeliveries = (options: Omit<ConsumerOptions<"deliver-webhook">, "queue" | "handler" | "on">, deps: DeliverDeps): Consumer =>
  consume({
    ...options,
    queue: "deliver-webhook",
    handler: (job, { signal }) => deliver(job, deps, signal),
    on: {
      onRetried: (job, failure, delayMs) => deliveryRetried(job, failure, delayMs, deps),
      onFailed: (job, failure) => deliveryFailed(job, failure, deps),
    },
  });
