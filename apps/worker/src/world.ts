/** What a worker holds open of the world: databases, queues, upstreams and threads. */
import { createModelLoader, openArtifacts, type ArtifactStore } from "@levain/artifacts";
import { openDb, type Db, type StoredModels } from "@levain/db";
import { openLeases, type Leases } from "@levain/lease";
import { createTuningMemory, type TuningMemory } from "@levain/memory";
import { openProgress, openQueues, type Progress, type Queues } from "@levain/queue";
import type { Logger, Metrics } from "@levain/runtime";
import { guardAddresses, openSources, type Sources } from "@levain/sources";
import { openSender, type Sender } from "@levain/webhooks";
import type { WorkerEnv } from "./env.js";
import { openFitPool, type FitPool } from "./fit-pool.js";
import { holdLeases, type HeldLeases } from "./held-leases.js";
import { countRefused, observeWorker, type WorkerObserver } from "./observe.js";

export type World = {
  readonly db: Db;
  readonly artifacts: ArtifactStore;
  readonly onRefused: StoredModels["onRefused"];
  readonly queues: Queues;
  readonly leases: Leases;
  readonly tunings: TuningMemory;
  readonly progress: Progress;
  readonly sources: Sources;
  readonly sender: Sender;
  readonly pool: FitPool;
  readonly held: HeldLeases;
  readonly observer: WorkerObserver;
};

export function openWorld(env: WorkerEnv, log: Logger, metrics: Metrics): World {
  const redis = { redisUrl: env.REDIS_URL, prefix: env.QUEUE_PREFIX };
  const onError = (error: Error): void => log.warn("trouble with Redis", { error });
  const artifacts = openArtifacts(env);
  const onRefused = countRefused(metrics, log);
  const db = openDb({ url: env.DATABASE_URL, poolMax: env.DB_POOL_MAX, applicationName: `levain-${env.WORKER_NAME}` }, { load: createModelLoader(artifacts), onRefused });
  const queues = openQueues({ ...redis, onError });
  const leases = openLeases({ redis: queues.redis, prefix: env.QUEUE_PREFIX, ttlMs: env.LEASE_TTL_MS });
  const tunings = createTuningMemory({ redis: queues.redis, prefix: env.QUEUE_PREFIX });
  const progress = openProgress({ ...redis, onError });
  const sources = openSources({
    allow: env.LEVAIN_SOURCE_ALLOW,
    limits: { breakerResetMs: env.BREAKER_RESET_MS },
    onBreakerChange: (origin, state) => log.warn("breaker changed", { origin, state }),
  });
  const sender = openSender({ guard: guardAddresses(env.LEVAIN_WEBHOOK_ALLOW) });
  const pool = openFitPool({ threads: env.FIT_THREADS, timeoutMs: env.FIT_TIMEOUT_MS, heapMb: env.FIT_HEAP_MB });
  const held = holdLeases((tenantId, runId) => {
    // A lease that ran out while the run waited for a free worker is taken again.
    leases.take(tenantId, runId).catch((error: unknown) => log.warn("lease not taken", { tenantId, runId, error }));
    return leases.keep(tenantId, runId, ({ heldBy }) => log.warn("lease lost", { tenantId, runId, heldBy }));
  });
  const observer = observeWorker(metrics, log, {
    breakers: () => sources.breakers(),
    leasesHeld: () => held.count(),
    waitingForThread: () => pool.waiting(),
    dbPool: () => db.poolStats(),
    queueDepth: () => queues.depth(),
  });
  return { db, artifacts, onRefused, queues, leases, tunings, progress, sources, sender, pool, held, observer };
}

/** Makes sure that the artifacts are where this database's models are. @throws Failure("artifact.unavailable") */
export const claimArtifacts = async ({ db, artifacts }: Pick<World, "db" | "artifacts">): Promise<void> => artifacts.claim(await db.repairs.epoch(), !(await db.artifacts.hasStored()));

/** Everything that was opened, in an order in which nobody loses what it still needs. */
export async function closeWorld(world: World): Promise<void> {
  await world.pool.close();
  await world.leases.close();
  await Promise.all([world.sources.close(), world.sender.close(), world.progress.close(), world.queues.close()]);
  await world.db.close();
  world.artifacts.close();
}
