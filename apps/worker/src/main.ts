/** A worker process: takes jobs until it is told to stop, then finishes or puts back what it holds. */
import { Failure } from "@levain/contracts";
import { checkMigrations, MigrationError, migrationsFolder } from "@levain/db";
import { consume } from "@levain/queue";
import { createLogger, createMetrics, readConfig, runProcess, serveHealth } from "@levain/runtime";
import { productDeferred, productFailed, productRetried, runDeferred, runFailed } from "./after-failure.js";
import { WorkerEnv } from "./env.js";
import { startDueNights } from "./nightly.js";
import { putBackForgottenWork } from "./repair.js";
import { startRun } from "./start-run.js";
import { train } from "./train.js";
import { closeWorld, openWorld, wire } from "./wire.js";

await runProcess("worker", async (lifecycle) => {
  const env = readConfig(WorkerEnv);
  const log = createLogger({ process: env.WORKER_NAME, level: env.LOG_LEVEL });
  lifecycle.useLogger(log);
  await checkMigrations(env.DATABASE_URL, migrationsFolder);

  const metrics = createMetrics(env.WORKER_NAME);
  const world = openWorld(env, log, metrics);
  lifecycle.onStop("connections and threads", () => closeWorld(world));
  await world.queues.checkServer();
  const deps = wire(world, env, log);

  const queue = { redisUrl: env.REDIS_URL, prefix: env.QUEUE_PREFIX, lockDurationMs: env.LOCK_DURATION_MS };
  const starts = consume({
    ...queue,
    queue: "start-run",
    concurrency: 4,
    handler: (job, { signal }) => startRun(job, deps.start, signal),
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
    handler: (job, { signal }) => train(job, deps.train, signal),
    on: {
      onDeferred: (job, failure, delayMs) => productDeferred(job, failure, delayMs, deps.afterFailure),
      onRetried: (job, failure, delayMs) => productRetried(job, failure, delayMs, deps.afterFailure),
      onFailed: async (job, failure) => {
        world.observer.failure(failure.code);
        await productFailed(job, failure, deps.afterFailure);
      },
    },
  });
  const ticks = consume({
    ...queue,
    queue: "nightly",
    concurrency: 1,
    handler: async () => {
      await startDueNights(deps.nightly);
      await putBackForgottenWork(deps.repair);
    },
  });
  lifecycle.onStop("jobs", async () => {
    await Promise.all([starts.drain(env.DRAIN_MS), trainings.drain(env.DRAIN_MS), ticks.drain(env.DRAIN_MS)]);
  });
  await world.queues.upsertNightlyTick(env.TICK_MINUTES);

  const health = await serveHealth({
    host: env.HEALTH_HOST,
    port: env.HEALTH_PORT,
    checks: { postgres: () => world.db.ping(), redis: () => world.queues.ping() },
    // Alive is who takes jobs while jobs wait; a worker that does not is restarted from outside.
    vitals: { starts: () => starts.checkAlive(), trainings: () => trainings.checkAlive(), ticks: () => ticks.checkAlive() },
    metrics,
  });
  lifecycle.onStop("health", () => health.close());
  log.info("worker is up", { threads: env.FIT_THREADS, concurrency: env.FIT_THREADS + env.PREFETCH, healthPort: health.port });
}, { isExpected: (error) => error instanceof MigrationError || error instanceof Failure });
