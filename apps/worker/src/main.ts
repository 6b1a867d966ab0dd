/** A worker process: takes jobs until it is told to stop, then finishes or puts back what it holds. */
import { randomUUID } from "node:crypto";
import { Failure } from "@levain/contracts";
import { checkMigrations, MigrationError, migrationsFolder } from "@levain/db";
import { consume } from "@levain/queue";
import { createLogger, createMetrics, readConfig, runProcess, serveHealth } from "@levain/runtime";
import { productDeferred, productFailed, productRetried, runDeferred, runFailed } from "./after-failure.js";
import { WorkerEnv } from "./env.js";
import { catchUpNights, startDueNights } from "./nightly.js";
import { fetchDueWeather, tellForecasts } from "./refresh-weather.js";
import { startRepairing } from "./repair/loop.js";
import { createRepair } from "./repair/repair.js";
import { rehearse } from "./rehearse.js";
import { startRun } from "./start-run.js";
import { train } from "./train.js";
import { watchVitals } from "./vitals.js";
import { consumeDeliveries } from "./webhooks/wire.js";
import { wire } from "./wire.js";
import { claimArtifacts, closeWorld, openWorld } from "./world.js";

/** Workers that may vanish over one run's start before the run fails: a start has no product to set aside. */
const START_STALLED_MAX = 3;

await runProcess("worker", async (lifecycle) => {
  const env = readConfig(WorkerEnv);
  const log = createLogger({ process: env.WORKER_NAME, level: env.LOG_LEVEL });
  lifecycle.useLogger(log);
  await checkMigrations(env.DATABASE_URL, migrationsFolder);

  const metrics = createMetrics(env.WORKER_NAME);
  const world = openWorld(env, log, metrics);
  lifecycle.onStop("connections and threads", () => closeWorld(world));
  await world.queues.checkServer();
  await claimArtifacts(world);
  const deps = wire(world, env, log);

  const rehearsal = rehearse({ threads: env.FIT_THREADS, products: env.REHEARSALS, tune: world.pool.tune, fit: world.pool.fit });
  world.observer.rehearses(() => !rehearsal.isOver());

  const queue = { redisUrl: env.REDIS_URL, prefix: env.QUEUE_PREFIX, lockDurationMs: env.LOCK_DURATION_MS, starvedMaxMs: 1_000 * env.STARVED_AFTER_SECONDS };
  const starts = consume({
    ...queue,
    queue: "start-run",
    concurrency: 4,
    stalledMax: START_STALLED_MAX,
    handler: (job, { signal }) => {
      rehearsal.stop();
      return startRun(job, deps.start, signal);
    },
    on: {
      onDeferred: (job, failure, delayMs) => runDeferred(job, failure, delayMs, deps.afterFailure),
      onRetried: (job, failure, delayMs) => runDeferred(job, failure, delayMs, deps.afterFailure),
      onFailed: (job, failure) => runFailed(job, failure, deps.afterFailure),
    },
  });
  const trainings = consume({
    ...queue,
    queue: "train-product",
    concurrency: env.FIT_THREADS + env.PREFETCH,
    handler: (job, { signal }) => {
      rehearsal.stop();
      return train(job, deps.train, signal);
    },
    on: {
      onDeferred: (job, failure, delayMs) => productDeferred(job, failure, delayMs, deps.afterFailure),
      onRetried: (job, failure, delayMs) => productRetried(job, failure, delayMs, deps.afterFailure),
      onFailed: async (job, failure) => {
        world.observer.failure(failure.code);
        await productFailed(job, failure, deps.afterFailure);
      },
      onLost: () => world.observer.lost("train-product"),
    },
  });
  const ticks = consume({
    ...queue,
    queue: "nightly",
    concurrency: 1,
    // The runs of this night forecast with this night's weather; the models of before are told of it beside them.
    handler: async (_tick, { signal }) => {
      await fetchDueWeather(deps.refresh, signal);
      await startDueNights(deps.nightly);
      await tellForecasts(deps.refresh, signal);
    },
  });
  const deliveries = deps.deliver && consumeDeliveries({ ...queue, concurrency: env.WEBHOOKS_AT_ONCE }, deps.deliver);
  const me = `${env.WORKER_NAME}/${randomUUID()}`;
  const repairing = startRepairing(1_000 * env.REPAIR_EVERY_SECONDS, {
    lead: (ttlMs) => world.db.leaders.lead("repair", me, ttlMs),
    resign: () => world.db.leaders.resign("repair", me),
    elected: () => catchUpNights(deps.nightly),
    repair: createRepair(deps.repair, { staleMs: 1_000 * env.STALE_AFTER_SECONDS, collectEveryMs: 60_000 * env.COLLECT_EVERY_MINUTES }),
    warn: (sentence, fields) => log.warn(sentence, fields),
    random: Math.random,
  });
  world.observer.leads(repairing.isLeader);

  lifecycle.onStop("jobs", async () => {
    rehearsal.stop();
    await Promise.all([repairing.stop(), starts.drain(env.DRAIN_MS), trainings.drain(env.DRAIN_MS), ticks.drain(env.DRAIN_MS), deliveries?.drain(env.DRAIN_MS)]);
  });
  await world.queues.upsertNightlyTick(env.TICK_MINUTES, env.TICK_OFFSET_MINUTES);

  // Alive is who takes jobs while jobs wait. One that does not ends like any process with a fault that nobody caught.
  const vitals = { starts: () => starts.checkAlive(), trainings: () => trainings.checkAlive(), ticks: () => ticks.checkAlive(), ...(deliveries && { deliveries: () => deliveries.checkAlive() }) };
  const watch = watchVitals(vitals, (vital, error) => {
    log.error("worker takes no jobs and ends itself", { vital, error });
    setImmediate(() => {
      throw error;
    });
  });
  lifecycle.onStop("vitals", () => watch.stop());

  const health = await serveHealth({
    host: env.HEALTH_HOST,
    port: env.HEALTH_PORT,
    checks: { postgres: () => world.db.ping(), redis: () => world.queues.ping() },
    vitals,
    metrics,
  });
  lifecycle.onStop("health", () => health.close());
  log.info("worker is up", { threads: env.FIT_THREADS, concurrency: env.FIT_THREADS + env.PREFETCH, healthPort: health.port });
}, { isExpected: (error) => error instanceof MigrationError || error instanceof Failure });
