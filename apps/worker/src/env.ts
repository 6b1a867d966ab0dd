import { availableParallelism, hostname } from "node:os";
import { ArtifactEnv } from "@levain/artifacts";
import { AllowedAddressesSetting } from "@levain/sources";
import { z } from "zod";

const integer = (value: number, min = 1) => z.coerce.number().int().min(min).default(value);

/** What an operator sets for a worker process. */
export const WorkerEnv = z.object({
  DATABASE_URL: z.url(),
  REDIS_URL: z.url(),
  /** Where fitted models are kept. */
  ...ArtifactEnv,
  /** Names this process in logs, metrics and on the product trainings it takes. */
  WORKER_NAME: z.string().min(1).default(`${hostname()}-${process.pid}`),
  LOG_LEVEL: z.enum(["error", "warn", "info", "debug"]).default("info"),
  /** All of a fleet's keys in Redis start with it; the braces keep them on one node of a Redis Cluster. */
  QUEUE_PREFIX: z.string().default("{levain}"),
  /** Threads that fit models. */
  FIT_THREADS: integer(availableParallelism()),
  /** Product trainings taken at once beyond the fit threads: while those compute, these load and commit. */
  PREFETCH: integer(2, 0),
  /** A tune or fit that takes longer is ended, and its product training fails as `fit.timed-out`. */
  FIT_TIMEOUT_MS: integer(120_000),
  /** Products that do not exist, trained by each fit thread until the first job comes, so that its code is compiled by then. */
  REHEARSALS: integer(24, 0),
  /** Heap of one fit thread; above it the thread is ended. */
  FIT_HEAP_MB: integer(512, 64),
  DB_POOL_MAX: integer(6, 2),
  /** Hosts, addresses and networks that sources may have although they are not public, separated by commas. */
  LEVAIN_SOURCE_ALLOW: AllowedAddressesSetting.default([]),
  /** The fleet's own secret, the same as the producers have: webhooks' secrets follow from it. Without it this worker delivers none. */
  WEBHOOK_SECRET: z.string().min(32, "expected at least 32 characters").optional(),
  /** Hosts, addresses and networks that webhooks may have although they are not public. Tenants choose these addresses: name no host of your own network. */
  LEVAIN_WEBHOOK_ALLOW: AllowedAddressesSetting.default([]),
  /** Messages on their way to receivers at once. */
  WEBHOOKS_AT_ONCE: integer(16),
  /** How long an open breaker waits before it tries its origin again. */
  BREAKER_RESET_MS: integer(15_000),
  /** How long a job stays ours without a sign of life. */
  LOCK_DURATION_MS: integer(30_000, 1_000),
  LEASE_TTL_MS: integer(60_000, 1_000),
  /** Health and metrics; 0 takes any free port. */
  HEALTH_PORT: integer(0, 0),
  HEALTH_HOST: z.string().default("127.0.0.1"),
  /** Time for running jobs to end after SIGTERM before they are put back. */
  DRAIN_MS: integer(20_000, 0),
  /** How often the nightly plan is looked at, in minutes. */
  TICK_MINUTES: integer(15),
  /** Minutes by which each of these looks comes after the even time: fleets that ask the same upstreams need not all come at once. */
  TICK_OFFSET_MINUTES: integer(0, 0),
  /** How often the leader among the workers compares Postgres with Redis. */
  REPAIR_EVERY_SECONDS: z.coerce.number().min(0.1).default(5),
  /** How long a job may be on the queue before the repair looks whether the queue still knows it. */
  STALE_AFTER_SECONDS: z.coerce.number().min(0).default(15),
  /** How often the leader looks through the artifact store for what no model names. */
  COLLECT_EVERY_MINUTES: z.coerce.number().min(0).default(360),
  /** How long jobs may wait beside free slots before a worker ends itself, to be restarted. */
  STARVED_AFTER_SECONDS: z.coerce.number().min(1).default(60),
  /** A run of more products than this fails at its start. */
  PRODUCTS_PER_RUN_MAX: integer(20_000),
  RUN_DEADLINE_HOURS: z.coerce.number().positive().default(6),
});
export type WorkerEnv = z.infer<typeof WorkerEnv>;
