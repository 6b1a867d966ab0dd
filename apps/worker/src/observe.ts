/** What a worker shows to Prometheus: the domain's names for runtime's builders. Never a tenant or product as a label. */
import { Failure, type DriftAlarm, type FailureCode, type GradedDay, type ProductId, type RunView, type StageName, type TrainingOutcome, type TrainProductJob } from "@levain/contracts";
import type { Claim, StoredModels } from "@levain/db";
import type { Logger, Metrics } from "@levain/runtime";
import type { RepairKind } from "./repair/count-repairs.js";
import type { RunFacts } from "./run-facts.js";

/** Seconds; a product takes tens of milliseconds to a minute. */
const PRODUCT_BUCKETS = [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120];
/** Seconds; a run takes from a second to hours. */
const RUN_BUCKETS = [1, 3, 10, 30, 60, 180, 600, 1_800, 3_600, 10_800];

export type Gauges = {
  breakers(): readonly { origin: string; state: "closed" | "open" | "half-open" }[];
  leasesHeld(): number;
  waitingForThread(): number;
  dbPool(): { total: number; idle: number; waiting: number; max: number; waitsTotal: number; waitedMs: number };
  queueDepth(): Promise<readonly { queue: string; state: string; count: number }[]>;
};

/** Writes that a fence can refuse. */
export type FencedWrite = "commit" | "fail" | "set-aside";

export type WorkerObserver = ReturnType<typeof observeWorker>;

export function observeWorker(metrics: Metrics, log: Logger, gauges: Gauges) {
  const products = metrics.histogram({ name: "product_duration_seconds", help: "Training one product, from claim to commit", labelNames: ["outcome"], buckets: PRODUCT_BUCKETS });
  const stages = metrics.histogram({ name: "stage_duration_seconds", help: "One step of training a product", labelNames: ["stage"], buckets: PRODUCT_BUCKETS });
  const runs = metrics.histogram({ name: "run_duration_seconds", help: "A training run, from accepted to finished", labelNames: ["status"], buckets: RUN_BUCKETS });
  const computing = metrics.counter({ name: "fit_seconds_total", help: "Seconds that fit threads computed" });
  const failures = metrics.counter({ name: "product_failures_total", help: "Product trainings that failed for good", labelNames: ["code"] });
  const stale = metrics.counter({ name: "stale_commits_total", help: "Writes refused because a fence had moved on", labelNames: ["write"] });
  const lost = metrics.counter({ name: "jobs_lost_total", help: "Jobs whose lock ran out while they were worked on here", labelNames: ["queue"] });
  const dead = metrics.counter({ name: "products_dead_total", help: "Product trainings set aside because their workers vanished" });
  const gradedDays = metrics.counter({
    name: "graded_days_total",
    help: "Products' newest days that were held against their forecast, by where they lay of its 80 % interval",
    labelNames: ["side"],
  });
  const drifts = metrics.counter({
    name: "product_drifts_total",
    help: "Alarms of products whose sales have left their forecasts behind",
    labelNames: ["direction"],
  });
  const repairs = metrics.counter({ name: "repairs_total", help: "What the repair put right", labelNames: ["kind"] });
  const deliveries = metrics.counter({ name: "webhook_deliveries_total", help: "Attempts to tell webhooks, by what came of them", labelNames: ["outcome"] });
  watchGauges(metrics, gauges);

  return {
    stage: (name: StageName, seconds: number): void => stages.observe({ stage: name }, seconds),
    ended(facts: RunFacts, job: TrainProductJob, outcome: TrainingOutcome, durationMs: number): void {
      products.observe({ outcome: outcome.kind }, durationMs / 1000);
      const about = { runId: facts.runId, tenantId: facts.tenant.id, productId: job.productId, ...(job.requestId && { requestId: job.requestId }), durationMs: Math.round(durationMs) };
      if (outcome.kind === "skipped") return log.info("product skipped", { ...about, reason: outcome.reason });
      if (outcome.kind === "unchanged") return log.info("product unchanged", { ...about, reason: outcome.reason, modelId: outcome.keptModelId });
      computing.inc(outcome.fitMs / 1000);
      log.info("product trained", { ...about, family: outcome.family, wape: outcome.score.wape, wapeNaive: outcome.naiveScore.wape, fitMs: Math.round(outcome.fitMs) });
    },
    run(run: RunView): void {
      if (run.finishedAt) runs.observe({ status: run.status }, (Date.parse(run.finishedAt) - Date.parse(run.acceptedAt)) / 1000);
      log.info("run finished", { runId: run.id, tenantId: run.tenantId, status: run.status, ...run.totals });
    },
    failure(code: FailureCode): void {
      if (code !== "stale-fence") failures.inc({ code });
    },
    /** Counts a write that a fence refused, and throws it on. */
    async fenced<T>(write: FencedWrite, run: () => Promise<T>): Promise<T> {
      try {
        return await run();
      } catch (error) {
        if (error instanceof Failure && error.code === "stale-fence") stale.inc({ write });
        throw error;
      }
    },
    lost: (queue: string): void => lost.inc({ queue }),
    setAside(facts: RunFacts, job: TrainProductJob, { lostClaims, lostAlone }: Claim): void {
      dead.inc();
      log.error("product set aside: its workers vanished", { runId: facts.runId, tenantId: facts.tenant.id, productId: job.productId, lostClaims, lostAlone });
    },
    /** Of right intervals eight in ten days lie inside. */
    graded: ({ actual, low80, high80, isSoldOut }: GradedDay): void => gradedDays.inc({ side: actual > high80 ? "above" : actual < low80 && !isSoldOut ? "below" : "inside" }),
    drifted(facts: RunFacts, productId: ProductId, { day, direction, size, statistic }: DriftAlarm): void {
      drifts.inc({ direction });
      log.warn("product drifted", { runId: facts.runId, tenantId: facts.tenant.id, productId, day, direction, size, statistic });
    },
    delivery: (outcome: "delivered" | "retried" | "failed"): void => deliveries.inc({ outcome }),
    repaired: (kind: RepairKind, count: number): void => repairs.inc({ kind }, count),
    rehearses(isRehearsing: () => boolean): void {
      metrics.gauge({ name: "rehearsal_running", help: "1 while the fit threads train products that do not exist, for want of work", collect() { this.set(isRehearsing() ? 1 : 0); } });
    },
    leads(isLeader: () => boolean): void {
      metrics.gauge({ name: "repair_leader", help: "1 in the process that leads the repair", collect() { this.set(isLeader() ? 1 : 0); } });
    },
  };
}

/** A model that is taken out of service is a person's business: what is stored should never change. */
export function countRefused(metrics: Metrics, log: Logger): StoredModels["onRefused"] {
  const refused = metrics.counter({ name: "artifacts_refused_total", help: "Models taken out of service because their artifact was not what was stored, or gone" });
  return (about) => {
    refused.inc();
    log.error("model refused: its artifact is not what was stored", { ...about });
  };
}

/** Numbers that are read when Prometheus asks. */
function watchGauges(metrics: Metrics, gauges: Gauges): void {
  const openness = { closed: 0, "half-open": 0.5, open: 1 } as const;
  metrics.gauge({
    name: "breaker_state",
    help: "0 closed, 0.5 half open, 1 open",
    labelNames: ["origin"],
    collect() {
      this.reset();
      for (const { origin, state } of gauges.breakers()) this.set({ origin }, openness[state]);
    },
  });
  metrics.gauge({
    name: "queue_depth",
    help: "Jobs by queue and state",
    labelNames: ["queue", "state"],
    async collect() {
      for (const { queue, state, count } of await gauges.queueDepth()) this.set({ queue, state }, count);
    },
  });
  metrics.gauge({
    name: "db_pool_connections",
    help: "Connections to PostgreSQL, and checkouts that wait for one",
    labelNames: ["state"],
    collect() {
      const pool = gauges.dbPool();
      this.set({ state: "busy" }, pool.total - pool.idle);
      this.set({ state: "idle" }, pool.idle);
      this.set({ state: "waited-for" }, pool.waiting);
    },
  });
  const single = (name: string, help: string, read: () => number): void => {
    metrics.gauge({ name, help, collect() { this.set(read()); } });
  };
  single("lease_held", "Tenant leases that this process renews", gauges.leasesHeld);
  single("fit_pool_waiting", "Computations waiting for a thread", gauges.waitingForThread);
  single("db_pool_waits", "Checkouts that had to wait for a connection since the start", () => gauges.dbPool().waitsTotal);
  single("db_pool_waited_seconds", "Time checkouts waited since the start", () => gauges.dbPool().waitedMs / 1000);
}
