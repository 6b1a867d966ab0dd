/** The one file that knows every adapter: it fills the producer's functions with Postgres and Redis. */
import { openDb } from "@levain/db";
import { openLeases } from "@levain/lease";
import { openProgress, openQueues } from "@levain/queue";
import type { Logger, Metrics } from "@levain/runtime";
import type { ProducerDeps } from "./deps.js";
import type { ProducerEnv } from "./env.js";

export type Producer = { readonly deps: ProducerDeps; close(): Promise<void> };

export type ProducerAddresses = Pick<ProducerEnv, "DATABASE_URL" | "REDIS_URL" | "QUEUE_PREFIX" | "DB_POOL_MAX">;

export function openProducer(env: ProducerAddresses, log: Logger, metrics: Metrics): Producer {
  const redis = { redisUrl: env.REDIS_URL, prefix: env.QUEUE_PREFIX };
  const db = openDb({ url: env.DATABASE_URL, poolMax: env.DB_POOL_MAX, applicationName: "levain-producer" });
  const queues = openQueues(redis);
  const progress = openProgress(redis);
  const leases = openLeases(redis);
  const deps: ProducerDeps = {
    authenticate: (presented) => db.keys.authenticate(presented),
    findTenant: (tenantId) => db.tenants.find(tenantId),
    listTenants: () => db.tenants.list(),
    putTenant: (tenantId, settings) => db.tenants.put(tenantId, settings),
    issueTenantKey: (tenantId, key) => db.keys.issue({ role: "tenant", tenantId, ...key }),
    acceptRun: (tenantId, request) => db.forTenant(tenantId).acceptRun(request),
    markEnqueued: (runId) => db.runs.markEnqueued(runId),
    findRun: (tenantId, runId) => db.forTenant(tenantId).run(runId),
    listRuns: (tenantId, page) => db.forTenant(tenantId).runs(page),
    listProductTrainings: (tenantId, runId, page) => db.forTenant(tenantId).productTrainings(runId, page),
    cancelRun: (tenantId, runId) => db.forTenant(tenantId).cancelRun(runId),
    releaseLease: (tenantId, runId) => leases.release(tenantId, runId),
    findProduct: (tenantId, productId) => db.forTenant(tenantId).product(productId),
    listProducts: (tenantId, page) => db.forTenant(tenantId).products(page),
    listModels: (tenantId, productId, page) => db.forTenant(tenantId).models(productId, page),
    servingModel: (tenantId, productId) => db.forTenant(tenantId).servingModel(productId),
    enqueueStartRun: (job) => queues.enqueueStartRun(job),
    publish: (event) => progress.publish(event),
    follow: (runId, afterId, signal) => progress.follow(runId, afterId, signal),
    boardQueues: () => queues.boardQueues(),
    queueDepth: () => queues.depth(),
    dbPool: () => db.poolStats(),
    checks: { postgres: () => db.ping(), redis: () => queues.ping() },
    now: () => new Date(),
    log,
    metrics,
  };
  return {
    deps,
    close: async () => {
      await Promise.all([progress.close(), queues.close(), leases.close()]);
      await db.close();
    },
  };
}
