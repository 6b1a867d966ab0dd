/** What the producer shows to Prometheus beside its requests. */
import type { StoredModels } from "@levain/db";
import type { Logger, Metrics } from "@levain/runtime";
import type { ProducerDeps } from "./deps.js";

/** A model that is taken out of service is a person's business: what is stored should never change. */
export function countRefused(metrics: Metrics, log: Logger): StoredModels["onRefused"] {
  const refused = metrics.counter({ name: "artifacts_refused_total", help: "Models taken out of service because their artifact was not what was stored, or gone" });
  return (about) => {
    refused.inc();
    log.error("model refused: its artifact is not what was stored", { ...about });
  };
}

/** Numbers that are read when Prometheus asks. */
export function watchGauges({ metrics, queueDepth, dbPool, log }: Pick<ProducerDeps, "metrics" | "queueDepth" | "dbPool" | "log">): void {
  metrics.gauge({
    name: "queue_depth",
    help: "Jobs by queue and state",
    labelNames: ["queue", "state"],
    async collect() {
      this.reset();
      try {
        for (const { queue, state, count } of await queueDepth()) this.set({ queue, state }, count);
      } catch (error) {
        // The other metrics are wanted most when Redis is away.
        log.warn("queue depth not read", { error });
      }
    },
  });
  metrics.gauge({
    name: "db_pool_connections",
    help: "Connections to PostgreSQL, and checkouts that wait for one",
    labelNames: ["state"],
    collect() {
      const pool = dbPool();
      this.set({ state: "busy" }, pool.total - pool.idle);
      this.set({ state: "idle" }, pool.idle);
      this.set({ state: "waited-for" }, pool.waiting);
    },
  });
}
