import { z } from "zod";
import { ProductId, RunId } from "./ids.js";

/**
 * Job payloads: ids only, never data, and never the tenant, which is read from Postgres. `generation` counts how often
 * the job was put (back) on the queue; it is part of the job id, because BullMQ ignores an id it has seen.
 */
export const StartRunJob = z.strictObject({
  version: z.literal(1),
  runId: RunId,
  generation: z.number().int().min(1),
  requestId: z.string().max(128).optional(),
});
export type StartRunJob = z.infer<typeof StartRunJob>;

export const TrainProductJob = z.strictObject({
  version: z.literal(1),
  runId: RunId,
  productId: ProductId,
  generation: z.number().int().min(1),
  requestId: z.string().max(128).optional(),
});
export type TrainProductJob = z.infer<typeof TrainProductJob>;

/** Wakes the nightly plan; what is due is in Postgres. */
export const NightlyTickJob = z.strictObject({ version: z.literal(1) });
export type NightlyTickJob = z.infer<typeof NightlyTickJob>;

/** One message for one receiver; what it says and where it goes is in Postgres. */
export const DeliverWebhookJob = z.strictObject({
  version: z.literal(1),
  deliveryId: z.uuid(),
  generation: z.number().int().min(1),
});
export type DeliverWebhookJob = z.infer<typeof DeliverWebhookJob>;
