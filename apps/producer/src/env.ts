import { LOG_LEVELS } from "@levain/runtime";
import { z } from "zod";

/** What an operator sets for the producer process. */
export const ProducerEnv = z.object({
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: "expected an address such as postgresql://user@host/database" }),
  REDIS_URL: z.url({ protocol: /^rediss?$/, error: "expected an address such as redis://host:6379" }),
  HOST: z.string().min(1).default("127.0.0.1"),
  /** 0 takes any free port. */
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  LOG_LEVEL: z.enum(LOG_LEVELS).default("info"),
  /** All of a fleet's keys in Redis start with it; the braces keep them on one node of a Redis Cluster. */
  QUEUE_PREFIX: z.string().min(1).default("{levain}"),
  DB_POOL_MAX: z.coerce.number().int().min(1).max(200).default(10),
  /** A run that has not ended so many hours after it was accepted is given up. */
  RUN_DEADLINE_HOURS: z.coerce.number().positive().max(168).default(6),
});
export type ProducerEnv = z.infer<typeof ProducerEnv>;
