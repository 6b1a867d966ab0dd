/** The one file that knows what every function of the use cases is done with: Postgres, Redis, upstreams and threads. */
import type { ProgressEvent, RunId, StartRunJob } from "@levain/contracts";
import { lineageOf } from "@levain/memory";
import type { Logger } from "@levain/runtime";
import { loadRunContext } from "@levain/sources";
import { columnsAhead, reachesBeyond } from "@levain/training";
import type { AfterFailureDeps } from "./after-failure.js";
import { chooseSources } from "./chosen-sources.js";
import { keepCompany } from "./company.js";
import { engineVersion } from "./engine-version.js";
import type { WorkerEnv } from "./env.js";
import { finishRun } from "./finish-run.js";
import { gradingOf } from "./grading.js";
import { holdClaims } from "./held-claims.js";
import { DEAL_PAGE, pagesOf, productJob } from "./jobs.js";
import type { NightlyDeps } from "./nightly.js";
import { rememberedTunings } from "./remembered-tunings.js";
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
import type { World } from "./world.js";

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
        noteSales: (productId, noted) => db.forTenant(facts.tenant.id).noteSales(facts.runId, productId, noted),
        loadShopSoFar: (productId) => db.forTenant(facts.tenant.id).shopSoFar(facts.runId, productId),
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
      tickOffsetMinutes: env.TICK_OFFSET_MINUTES,
      enqueueStartRun,
      finishRun: finish,
      repaired: observer.repaired,
      onRefused: world.onRefused,
      now,
      warn: (sentence, fields) => log.warn(sentence, fields),
    }),
  };
}
