/** A worker process: takes jobs until it is told to stop, then finishes or puts back what it holds. */
import { randomUUID } from "node:crypto";
import { Failure } from "@levain/contracts";
import { checkMigrations, MigrationError, migrationsFolder } from "@levain/db";
import { createLogger, createMetrics, readConfig, runProcess, serveHealth } from "@levain/runtime";
import { openConsumers } from "./consumers.js";
import { WorkerEnv } from "./env.js";
import { catchUpNights } from "./nightly.js";
import { startRepairing } from "./repair/loop.js";
import { createRepair } from "./repair/repair.js";
import { rehearse } from "./rehearse.js";
import { watchVitals } from "./vitals.js";
import { wire } from "./wire.js";
import { claimArtifacts, closeWorld, openWorld } from "./world.js";

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

  const consumers = openConsumers(env, deps, world.observer, () => rehearsal.stop());
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
    await Promise.all([repairing.stop(), consumers.drain(env.DRAIN_MS)]);
  });
  await world.queues.upsertNightlyTick(env.TICK_MINUTES, env.TICK_OFFSET_MINUTES);

  // Alive is who takes jobs while jobs wait. One that does not ends like any process with a fault that nobody caught.
  const watch = watchVitals(consumers.vitals, (vital, error) => {
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
    vitals: consumers.vitals,
    metrics,
  });
  lifecycle.onStop("health", () => health.close());
  log.info("worker is up", { threads: env.FIT_THREADS, concurrency: env.FIT_THREADS + env.PREFETCH, healthPort: health.port });
}, { isExpected: (error) => error instanceof MigrationError || error instanceof Failure });
