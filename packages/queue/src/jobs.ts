/** The queues, what a job on each of them carries, and how a job is named. */
import { createHash } from "node:crypto";
import { DeliverWebhookJob, Failure, NightlyTickJob, StartRunJob, TrainProductJob } from "@levain/contracts";

const PAYLOADS = { "start-run": StartRunJob, "train-product": TrainProductJob, nightly: NightlyTickJob, "deliver-webhook": DeliverWebhookJob } as const;

export type QueueName = keyof typeof PAYLOADS;
export const QUEUE_NAMES = Object.keys(PAYLOADS) as readonly QueueName[];

export type JobOf<Q extends QueueName> = { "start-run": StartRunJob; "train-product": TrainProductJob; nightly: NightlyTickJob; "deliver-webhook": DeliverWebhookJob }[Q];

/** The payload as it should be. @throws Failure job.malformed saying what was expected where */
export function parsePayload<Q extends QueueName>(queue: Q, payload: unknown): JobOf<Q> {
  const result = PAYLOADS[queue].safeParse(payload);
  if (result.success) return result.data as JobOf<Q>;
  const problems = result.error.issues.map((issue) => `${issue.path.join(".") || "payload"}: ${issue.message}`).join("; ");
  throw new Failure("job.malformed", `expected a ${queue} job; ${problems}`, { queue });
}

/**
 * A job's id: BullMQ ignores an id it has seen, so the generation makes a repair a new job. It splits its own keys at
 * colons, hence the underscores; a product's id may hold anything, hence the digest.
 */
export const startRunJobId = (job: StartRunJob): string => `s_${job.runId}_g${job.generation}`;
export const trainProductJobId = (job: TrainProductJob): string =>
  `t_${job.runId}_${createHash("sha1").update(job.productId).digest("hex")}_g${job.generation}`;
export const deliverWebhookJobId = (job: DeliverWebhookJob): string => `w_${job.deliveryId}_g${job.generation}`;
