/** The one file that knows every adapter: it fills the use cases' functions with Postgres, Redis, upstreams and threads. */
import { createModelLoader, openArtifacts, type ArtifactStore } from "@levain/artifacts";
import type { ProgressEvent, RunId, StartRunJob } from "@levain/contracts";
import { openDb, type Db, type StoredModels } from "@levain/db";
import { openLeases, type Leases } from "@levain/lease";
import { createTuningMemory, lineageOf, type TuningMemory } from "@levain/memory";
import { openProgress, openQueues, type Progress, type Queues } from "@levain/queue";
import type { Logger, Metrics } from "@levain/runtime";
import { guardAddresses, loadRunContext, openSources, type Sources } from "@levain/sources";
import { columnsAhead, reachesBeyond } from "@levain/training";
import { openSender, type Sender } from "@levain/webhooks";
import type { AfterFailureDeps } from "./after-failure.js";
import { chooseSources } from "./chosen-sources.js";
import { engineVersion } from "./engine-version.js";
import type { WorkerEnv } from "./env.js";
import { finishRun } from "./finish-run.js";
import { gradingOf } from "./grading.js";
import { holdClaims } from "./held-claims.js";
import { openFitPool, type FitPool } from "./fit-pool.js";
import { holdLeases, type HeldLeases } from "./held-leases.js";
import { DEAL_PAGE, pagesOf, productJob } from "./jobs.js";
import type { NightlyDeps } from "./nightly.js";
import { countRefused, observeWorker, type WorkerObserver } from "./observe.js";
import { rememberedTunings } from "./remembered-tunings.js";
import { keepCompany } from "./company.js";
import type { RefreshDeps } from "./refresh-weather.js";
import type { RepairDeps } from "./repair/repair.js";
import { wireRepair } from "./repair/wire.js";
import { rememberRunFacts } from "./run-facts.js";
import type { StartRunDeps } from "./start-run.js";
import { storeThenName } from "./store-then-name.js";
import { toldOf } from "./told.js";
import type { TrainDeps } from "./train.js";
import type { DeliverDeps } from "./webhooks/deliver.js";
import { wireDeliver } from "./webhooks/wire.js";

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
  const sources = openSources({ allow: env.LEVAIN_SOURCE_ALLOW, limits: { breakerResetMs: env.BREAKER_RESET_MS }, onBreakerChange: (origin, state) => log.warn("breaker changed", { origin, state }) });
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

export type UseCaseDeps = {
  start: StartRunDeps;
  train: TrainDeps;
  afterFailure: AfterFailureDeps;
  nightly: NightlyDeps;
  refresh: RefreshDeps;
  /** Null where this worker cannot sign. */
  deliver: DeliverDeps | null;
  repair: RepairDeps;
};

export function wire(world: World, env: WorkerEnv, log: Logger): UseCaseDeps {
  const { db, artifacts, queues, leases, tunings, progress, sources, sender, pool, held, observer } = world;
  const now = (): Date => new Date();
  const engine = engineVersion();
  const chosen = chooseSources(sources, (tenantId) => db.forTenant(tenantId));
  // News is worth less than work: an event that cannot be published is logged and the training goes on.
  const tell = (event: ProgressEvent): void => {
    progress.publish(event).catch((error: unknown) => log.warn("progress not published", { runId: event.runId, type: event.type, error: String(error) }));
  };
  const finish = (tenantId: string, runId: RunId): Promise<void> =>
    finishRun(tenantId, runId, {
      runView: (tenant, run) => db.forTenant(tenant).run(run),
      releaseLease: (tenant, run) => leases.release(tenant, run),
      tell,
      observeRun: observer.run,
      warn: (sentence, fields) => log.warn(sentence, fields),
      now,
    });
  const claims = holdClaims();
  const claim: AfterFailureDeps["claim"] = (tenantId, { runId, productId, generation }) => db.forTenant(tenantId).claim(runId, productId, env.WORKER_NAME, generation);
  const enqueueStartRun = async (job: StartRunJob): Promise<void> => {
    await queues.enqueueStartRun(job);
    await db.runs.markEnqueued(job.runId, job.generation);
  };
  // Noted page by page: what is noted stays dealt, wherever the dealing ends.
  const deal: StartRunDeps["deal"] = async (runId, products, requestId) => {
    for (const page of pagesOf(products, DEAL_PAGE)) {
      await queues.dealProducts(page.map((product) => ({ rank: product.rank, job: productJob({ ...product, runId, requestId }) })));
      await db.runs.markProductsEnqueued(runId, page);
    }
  };
  const runFacts = rememberRunFacts({
    findRun: (runId) => db.runs.find(runId),
    findTenant: (tenantId) => db.tenants.find(tenantId),
    runContext: (tenantId, runId) => db.forTenant(tenantId).runContext(runId),
  });

  return {
    start: {
      findRun: (runId) => db.runs.find(runId),
      findTenant: (tenantId) => db.tenants.find(tenantId),
      takeLease: (tenantId, runId) => leases.take(tenantId, runId),
      releaseLease: (tenantId, runId) => leases.release(tenantId, runId),
      listProducts: (tenant, signal) => chosen.listProducts(tenant, signal),
      loadContext: async (tenant, policy, cutoff, signal) => {
        const [context, weatherAhead] = await Promise.all([loadRunContext(tenant, policy, cutoff, chosen, signal), db.forTenant(tenant.id).newestWeatherAhead()]);
        return weatherAhead && reachesBeyond(weatherAhead, cutoff) ? { ...context, weatherAhead } : context;
      },
      writeStart: (run, context, products, findings) => db.forTenant(run.tenantId).startRun(run.id, context, products, findings),
      deal,
      finishRun: finish,
      productsMax: env.PRODUCTS_PER_RUN_MAX,
      tell,
      now,
    },
    train: {
      runFacts,
      claims,
      claimTogether: (tenantId, { runId, productId, generation }) => db.forTenant(tenantId).claimUnsuspected(runId, productId, env.WORKER_NAME, generation),
      isSuspect: (tenantId, { runId, productId, generation }) => db.forTenant(tenantId).isSuspect(runId, productId, generation),
      claimAlone: (tenantId, { runId, productId, generation }) => db.forTenant(tenantId).claimAlone(runId, productId, env.WORKER_NAME, generation),
      lostAloneSurvived: () => db.repairs.lostAloneSurvived(),
      company: keepCompany(),
      commit: ({ tenant, runId }, { product, attempt, fence }, outcome) =>
        observer.fenced("commit", () =>
          storeThenName(outcome.kind === "trained" ? outcome.artifact : null, {
            put: (artifact) => artifacts.put(tenant.id, artifact),
            name: () => db.forTenant(tenant.id).commit(runId, product.id, attempt, fence, outcome),
            reprieve: (sha256, put) => db.artifacts.reprieve(tenant.id, sha256, put),
          }),
        ),
      setAside: ({ tenant, runId }, { product, attempt, fence }, message) =>
        observer.fenced("set-aside", () => db.forTenant(tenant.id).setAside(runId, product.id, attempt, fence, message)),
      trainingDeps: (facts, stage) => ({
        trigger: facts.trigger,
        loadSales: (product, range, signal) => chosen.loadSales(facts.tenant, product, range, signal),
        loadProductEvents: async (product, range, signal) => {
          const columns = await chosen.loadProductEvents(facts.tenant, product.id, range, signal);
          // Whoever serves the model must tell it the same of the days ahead, and asks no source for it.
          await db.forTenant(facts.tenant.id).keepCalendar(facts.runId, product.id, columnsAhead(columns, facts.context.cutoff));
          return columns;
        },
        tune: (request, signal) => pool.tune(request, signal),
        judge: (request, signal) => pool.judge(request, signal),
        fit: (request, signal) => pool.fit(request, signal),
        ...rememberedTunings(facts.tenant.id, tunings, engine, (sentence, fields) => log.warn(sentence, fields)),
        ...gradingOf(facts.tenant.timeZone, db.forTenant(facts.tenant.id), {
          graded: observer.graded,
          alarmed: (productId, alarm) => {
            observer.drifted(facts, productId, alarm);
            tell({ type: "product.drifted", runId: facts.runId, at: now().toISOString(), productId, day: alarm.day, direction: alarm.direction, size: alarm.size });
          },
        }),
        lineageOf: (ingredients) => lineageOf(ingredients, engine),
        findSame: (productId, dataDigest) => db.forTenant(facts.tenant.id).modelOf(productId, dataDigest),
        loadMemory: (productId) => db.forTenant(facts.tenant.id).memory(productId),
        loadChampion: (productId) => db.forTenant(facts.tenant.id).champion(productId),
        stage,
      }),
      keepLease: (tenantId, runId) => held.keep(tenantId, runId),
      finishRun: finish,
      tell,
      observe: observer,
      now,
    },
    afterFailure: {
      tenantOf: async (runId) => (await db.runs.find(runId))?.tenantId ?? null,
      claims,
      claim,
      deferProduct: (tenantId, runId, productId, { attempt }, failure) => db.forTenant(tenantId).defer(runId, productId, attempt, failure.code, toldOf(failure)),
      failProduct: (tenantId, runId, productId, { attempt, fence }, failure) =>
        observer.fenced("fail", () => db.forTenant(tenantId).fail(runId, productId, attempt, fence, failure.code, toldOf(failure))),
      failRun: (tenantId, runId, failure) => db.forTenant(tenantId).failRun(runId, failure.code, toldOf(failure)),
      finishRun: finish,
      tell,
      warn: (sentence, fields) => log.warn(sentence, fields),
      error: (sentence, fields) => log.error(sentence, fields),
      now,
    },
    nightly: {
      tenants: async () => {
        const [tenants, lastNights] = await Promise.all([db.tenants.list(), db.nightly.lastNights()]);
        return tenants.map(({ id, timeZone, nightlyAt }) => ({ id, timeZone, nightlyAt, lastNight: lastNights.get(id) ?? null }));
      },
      claimNight: (tenantId, night, cutoff) => db.nightly.claimNight(tenantId, night, { cutoff, deadlineAt: new Date(now().getTime() + env.RUN_DEADLINE_HOURS * 3_600_000) }),
      enqueueStartRun,
      info: (sentence, fields) => log.info(sentence, fields),
      now,
    },
    refresh: {
      tenants: () => db.tenants.list(),
      lastIssued: () => db.weatherNews.lastIssued(),
      loadWeatherAhead: (tenant, range, signal) => chosen.loadWeatherAhead(tenant, range, signal),
      keepWeather: (tenantId, weather) => db.forTenant(tenantId).keepWeatherAhead(weather),
      untold: () => db.weatherNews.untold(),
      servedProducts: (tenantId, page) => db.forTenant(tenantId).servedProducts(page),
      keptContext: (tenantId, runId) => db.forTenant(tenantId).keptContext(runId),
      keepIssues: (tenantId, weather, issues) => db.forTenant(tenantId).keepForecastIssues(weather, issues),
      markTold: (tenantId, weather) => db.forTenant(tenantId).markWeatherTold(weather),
      info: (sentence, fields) => log.info(sentence, fields),
      warn: (sentence, fields) => log.warn(sentence, fields),
      now,
    },
    deliver: env.WEBHOOK_SECRET === undefined ? null : wireDeliver({ db, sender, observe: observer.delivery }, env.WEBHOOK_SECRET, log),
    repair: wireRepair(world, {
      tickMinutes: env.TICK_MINUTES,
      enqueueStartRun,
      finishRun: finish,
      repaired: observer.repaired,
      onRefused: world.onRefused,
      now,
      warn: (sentence, fields) => log.warn(sentence, fields),
    }),
  };
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
