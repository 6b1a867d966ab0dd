/** The queues that a worker takes jobs from, and the use case that each job is handed to. */
import { consume } from "@levain/queue";
import { productDeferred, productFailed, productRetried, runDeferred, runFailed } from "./after-failure.js";
import type { WorkerEnv } from "./env.js";
import { startDueNights } from "./nightly.js";
import type { WorkerObserver } from "./observe.js";
import { fetchDueWeather, tellForecasts } from "./refresh-weather.js";
import { startRun } from "./start-run.js";
import { train } from "./train.js";
import type { Vitals } from "./vitals.js";
import { consumeDeliveries } from "./webhooks/wire.js";
import type { UseCaseDeps } from "./wire.js";

export type Consumers = {
  /** Alive is who takes jobs while jobs wait. */
  readonly vitals: Vitals;
  /** Takes no more jobs, waits for the running ones and puts back what is not done by the deadline. */
  drain(deadlineMs: number): Promise<void>;
};

/** Workers that may vanish over one run's start before the run fails: a start has no product to set aside. */
const START_STALLED_MAX = 3;

/** @param onTraining told when a run's start or a product training was taken, before it begins */
export function openConsumers(env: WorkerEnv, deps: UseCaseDeps, observer: Pick<WorkerObserver, "failure" | "lost">, onTraining: () => void): Consumers {
  const queue = { redisUrl: env.REDIS_URL, prefix: env.QUEUE_PREFIX, lockDurationMs: env.LOCK_DURATION_MS, starvedMaxMs: 1_000 * env.STARVED_AFTER_SECONDS };
  const starts = consume({
    ...queue,
    queue: "start-run",
    concurrency: 4,
    stalledMax: START_STALLED_MAX,
    handler: (job, { signal }) => {
      onTraining();
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
      onTraining();
      return train(job, deps.train, signal);
    },
    on: {
      onDeferred: (job, failure, delayMs) => productDeferred(job, failure, delayMs, deps.afterFailure),
      onRetried: (job, failure, delayMs) => productRetried(job, failure, delayMs, deps.afterFailure),
      onFailed: async (job, failure) => {
        observer.failure(failure.code);
        await productFailed(job, failure, deps.afterFailure);
      },
      onLost: () => observer.lost("train-product"),
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

  const consumers = { starts, trainings, ticks, ...(deliveries && { deliveries }) };
  return {
    vitals: Object.fromEntries(Object.entries(consumers).map(([name, consumer]) => [name, () => consumer.checkAlive()])),
    drain: async (deadlineMs) => void (await Promise.all(Object.values(consumers).map((consumer) => consumer.drain(deadlineMs)))),
  };
}
