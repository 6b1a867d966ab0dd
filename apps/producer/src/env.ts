import { ArtifactEnv } from "@levain/artifacts";
import { LOG_LEVELS } from "@levain/runtime";
import { z } from "zod";
import { LIMITS } from "./rate-limits.js";
import type { ProducerSettings } from "./settings.js";
import { WORK_LIMITS } from "./work-limits.js";

/** How often a minute; 0 for as often as they like. */
const perMinute = (usual: number) => z.coerce.number().int().min(0).max(10_000_000).default(usual);

/** What an operator sets for the producer process. */
export const ProducerEnv = z.object({
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: "expected an address such as postgresql://user@host/database" }),
  REDIS_URL: z.url({ protocol: /^rediss?$/, error: "expected an address such as redis://host:6379" }),
  /** Where fitted models are kept. */
  ...ArtifactEnv,
  HOST: z.string().min(1).default("127.0.0.1"),
  /** 0 takes any free port. */
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  LOG_LEVEL: z.enum(LOG_LEVELS).default("info"),
  /** All of a fleet's keys in Redis start with it; the braces keep them on one node of a Redis Cluster. */
  QUEUE_PREFIX: z.string().min(1).default("{levain}"),
  DB_POOL_MAX: z.coerce.number().int().min(1).max(200).default(10),
  /** A run that has not ended so many hours after it was accepted is given up. */
  RUN_DEADLINE_HOURS: z.coerce.number().positive().max(168).default(6),
  REQUESTS_PER_KEY_PER_MINUTE: perMinute(LIMITS.requestsPerKey),
  REQUESTS_PER_TENANT_PER_MINUTE: perMinute(LIMITS.requestsPerTenant),
  RUN_STARTS_PER_TENANT_PER_MINUTE: perMinute(LIMITS.runStartsPerTenant),
  /** Product trainings of one tenant's runs within an hour; 0 for as many as it likes. */
  TENANT_PRODUCTS_PER_HOUR: z.coerce.number().int().min(0).default(WORK_LIMITS.tenantProductsPerHour),
  /** Open product trainings of all tenants, beyond which no run is accepted; 0 for as many as come. */
  FLEET_PRODUCTS_OPEN: z.coerce.number().int().min(0).default(WORK_LIMITS.fleetProductsOpen),
  FAILED_KEYS_PER_ADDRESS_PER_MINUTE: perMinute(LIMITS.failedKeysPerAddress),
  /** Seals the sessions of operators' browsers. Without it they end with the process, and each producer has its own. */
  SESSION_SECRET: z.string().min(32, "expected at least 32 characters").optional(),
  /** The fleet's own secret, the same as the workers have: webhooks' secrets follow from it, and change with it. Without it there are no webhooks. */
  WEBHOOK_SECRET: z.string().min(32, "expected at least 32 characters").optional(),
  SESSION_HOURS: z.coerce.number().positive().max(168).default(8),
  /** Addresses and networks of proxies in front of this process, separated by commas: they say whose request it is. */
  TRUSTED_PROXIES: z.string().default(""),
});
export type ProducerEnv = z.infer<typeof ProducerEnv>;

/** What of it the server goes by. */
export const settingsOf = (env: ProducerEnv): Partial<ProducerSettings> => ({
  runDeadlineHours: env.RUN_DEADLINE_HOURS,
  limits: {
    requestsPerKey: env.REQUESTS_PER_KEY_PER_MINUTE,
    requestsPerTenant: env.REQUESTS_PER_TENANT_PER_MINUTE,
    runStartsPerTenant: env.RUN_STARTS_PER_TENANT_PER_MINUTE,
    failedKeysPerAddress: env.FAILED_KEYS_PER_ADDRESS_PER_MINUTE,
  },
  workLimits: { tenantProductsPerHour: env.TENANT_PRODUCTS_PER_HOUR, fleetProductsOpen: env.FLEET_PRODUCTS_OPEN },
  ...(env.SESSION_SECRET !== undefined && { sessionSecret: env.SESSION_SECRET }),
  ...(env.WEBHOOK_SECRET !== undefined && { webhookSecret: env.WEBHOOK_SECRET }),
  sessionHours: env.SESSION_HOURS,
  trustedProxies: env.TRUSTED_PROXIES,
});
