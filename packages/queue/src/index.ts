/** Carries jobs from those who ask to those who work, and news back. */
export { type Consumer, type ConsumerHooks, type ConsumerOptions, type JobContext, consume } from "./consumer.js";
export { deliverWebhookJobId, type JobOf, type QueueName, QUEUE_NAMES, startRunJobId, trainProductJobId } from "./jobs.js";
export { type Progress, type ProgressOptions, isEventId, openProgress } from "./progress.js";
export { type DeliveryDeal, type QueueDepth, type QueueOptions, type Queues, openQueues } from "./queues.js";
