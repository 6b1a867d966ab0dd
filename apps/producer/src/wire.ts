/** The one file that knows every adapter: it fills the producer's functions with Postgres and Redis. */
import { createModelLoader, openArtifacts, type ArtifactSettings } from "@levain/artifacts";
import { openDb } from "@levain/db";
import { openLeases } from "@levain/lease";
import { createLimiter } from "@levain/limit";
import { openProgress, openQueues } from "@levain/queue";
import type { Logger, Metrics } from "@levain/runtime";
import type { ProducerDeps } from "./deps.js";
import type { ProducerEnv } from "./env.js";
import { countRefused } from "./observe.js";

export type Producer = {
  readonly deps: ProducerDeps;
  /** Makes sure that the artifacts are where this database's models are. @throws Failure("artifact.unavailable") */
  claimArtifacts(): Promise<void>;
  close(): Promise<void>;
};

export type ProducerAddresses = Pick<ProducerEnv, "DATABASE_URL" | "REDIS_URL" | "QUEUE_PREFIX" | "DB_POOL_MAX"> & ArtifactSettings;

export function openProducer(env: ProducerAddresses, log: Logger, metrics: Metrics): Producer {
  const redis = { redisUrl: env.REDIS_URL, prefix: env.QUEUE_PREFIX };
  const artifacts = openArtifacts(env);
  const db = openDb(
    { url: env.DATABASE_URL, poolMax: env.DB_POOL_MAX, applicationName: "levain-producer" },
    { load: createModelLoader(artifacts), onRefused: countRefused(metrics, log) },
  );
  const queues = openQueues(redis);
  const progress = openProgress(redis);
  const leases = openLeases(redis);
  const deps: ProducerDeps = {
    authenticate: (presented) => db.keys.authenticate(presented),
    keyHolder: (keyId) => db.keys.holder(keyId),
    findTenant: (tenantId) => db.tenants.find(tenantId),
    listTenants: () => db.tenants.list(),
    putTenant: (tenantId, settings) => db.tenants.put(tenantId, settings),
    issueTenantKey: (tenantId, key) => db.keys.issue({ role: "tenant", tenantId, ...key }),
    listTenantKeys: (tenantId) => db.keys.list(tenantId),
    revokeTenantKey: (tenantId, keyId) => db.keys.revoke(keyId, tenantId),
    acceptRun: (tenantId, request) => db.asTenant(tenantId).acceptRun(request),
    markEnqueued: (runId) => db.runs.markEnqueued(runId),
    findRun: (tenantId, runId) => db.asTenant(tenantId).run(runId),
    listRuns: (tenantId, page) => db.asTenant(tenantId).runs(page),
    listProductTrainings: (tenantId, runId, page) => db.asTenant(tenantId).productTrainings(runId, page),
    findProductTraining: (tenantId, runId, productId) => db.asTenant(tenantId).productTraining(runId, productId),
    workload: (tenantId) => db.workload.of(tenantId),
    cancelRun: (tenantId, runId) => db.asTenant(tenantId).cancelRun(runId),
    releaseLease: (tenantId, runId) => leases.release(tenantId, runId),
    findProduct: (tenantId, productId) => db.asTenant(tenantId).product(productId),
    listProducts: (tenantId, page) => db.asTenant(tenantId).products(page),
    listModels: (tenantId, productId, page) => db.asTenant(tenantId).models(productId, page),
    modelWithEvidence: (tenantId, productId, modelId) => db.asTenant(tenantId).modelWithEvidence(productId, modelId),
    promoteModel: (tenantId, productId, modelId, request) => db.asTenant(tenantId).promote(productId, modelId, request),
    rollBackChampion: (tenantId, productId, from, request) => db.asTenant(tenantId).rollBack(productId, from, request),
    pinChampion: (tenantId, productId, isPinned, request) => db.asTenant(tenantId).pin(productId, isPinned, request),
    championView: (tenantId, productId) => db.asTenant(tenantId).championView(productId),
    listChampionChanges: (tenantId, productId, page) => db.asTenant(tenantId).championChanges(productId, page),
    putSales: (tenantId, rows) => db.asTenant(tenantId).putSales(rows),
    storedRange: (tenantId) => db.asTenant(tenantId).storedRange(),
    putColumns: (tenantId, source, productId, columns) => db.asTenant(tenantId).putColumns(source, productId, columns),
    storedForecast: (tenantId, productId) => db.asTenant(tenantId).storedForecast(productId),
    servedProduct: (tenantId, productId) => db.asTenant(tenantId).servedProduct(productId),
    servedProducts: (tenantId, page) => db.asTenant(tenantId).servedProducts(page),
    newestWeatherAhead: (tenantId) => db.asTenant(tenantId).newestWeatherAhead(),
    keptContext: (tenantId, runId) => db.asTenant(tenantId).keptContext(runId),
    tenantEconomics: (tenantId) => db.asTenant(tenantId).tenantEconomics(),
    putTenantEconomics: (tenantId, settings) => db.asTenant(tenantId).putTenantEconomics(settings),
    productEconomics: (tenantId) => db.asTenant(tenantId).productEconomics(),
    putProductEconomics: (tenantId, productId, settings) => db.asTenant(tenantId).putProductEconomics(productId, settings),
    overrides: (tenantId, day) => db.asTenant(tenantId).overrides(day),
    putOverride: (tenantId, day, override) => db.asTenant(tenantId).putOverride(day, override),
    tenantAccuracy: (tenantId, range) => db.asTenant(tenantId).tenantAccuracy(range),
    productAccuracies: (tenantId, range, page) => db.asTenant(tenantId).productAccuracies(range, page),
    productAccuracy: (tenantId, productId, range) => db.asTenant(tenantId).productAccuracy(productId, range),
    addWebhook: (tenantId, webhook) => db.asTenant(tenantId).addWebhook(webhook),
    findWebhook: (tenantId, id) => db.asTenant(tenantId).webhook(id),
    listWebhooks: (tenantId) => db.asTenant(tenantId).webhooks(),
    deleteWebhook: (tenantId, id) => db.asTenant(tenantId).deleteWebhook(id),
    enableWebhook: (tenantId, id) => db.asTenant(tenantId).enableWebhook(id),
    rotateWebhook: (tenantId, id) => db.asTenant(tenantId).rotateWebhook(id),
    testWebhook: (tenantId, id) => db.asTenant(tenantId).testWebhook(id),
    findDelivery: (tenantId, id) => db.asTenant(tenantId).webhookDelivery(id),
    listDeliveries: (tenantId, id, page) => db.asTenant(tenantId).webhookDeliveries(id, page),
    redeliver: (tenantId, id) => db.asTenant(tenantId).redeliver(id),
    enqueueDelivery: async (asked) => {
      const told = queues.dealDeliveries([{ job: { version: 1, ...asked }, attemptsMade: 0, delayMs: 0 }]).then(() => db.deliveries.markEnqueued([asked]));
      await told.catch((error: unknown) => log.warn("delivery not on the queue yet", { ...asked, error }));
    },
    enqueueStartRun: (job) => queues.enqueueStartRun(job),
    publish: (event) => progress.publish(event),
    follow: (runId, afterId, signal) => progress.follow(runId, afterId, signal),
    limiter: createLimiter({ redis: queues.redis, prefix: env.QUEUE_PREFIX, onAlone: (error) => log.warn("requests are counted without Redis", { error }) }),
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
    claimArtifacts: async () => artifacts.claim(await db.repairs.epoch(), !(await db.artifacts.hasStored())),
    close: async () => {
      await Promise.all([progress.close(), queues.close(), leases.close()]);
      await db.close();
      artifacts.close();
    },
  };
}
