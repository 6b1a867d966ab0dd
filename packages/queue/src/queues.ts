/** The asking side: puts jobs on the queues and says how full they are. */
import type { DeliverWebhookJob, StartRunJob, TrainProductJob } from "@levain/contracts";
import { type DefaultJobOptions, Queue } from "bullmq";
import type { Redis } from "ioredis";
import { deliverWebhookJobId, QUEUE_NAMES, type QueueName, startRunJobId, trainProductJobId } from "./jobs.js";
import { isTickScheduled, lostJobs } from "./known-jobs.js";
import { NIGHTLY_SCHEDULER, NIGHTLY_TICK, tickPattern } from "./nightly.js";
import { ANSWER_WITHIN_MS, answered, shareRedis } from "./redis.js";
import { PACES } from "./retry.js";
import { refuseForgetfulServer } from "./server.js";

export type QueueDepth = { readonly queue: QueueName; readonly state: string; readonly count: number };

/** A delivery to be made. @param attemptsMade by the jobs of earlier generations: together they have no more than one would have had */
export type DeliveryDeal = { readonly job: DeliverWebhookJob; readonly attemptsMade: number; readonly delayMs: number };

/** Every promise may end in Failure redis.unavailable, within seconds. */
export type Queues = {
  enqueueStartRun(job: StartRunJob): Promise<void>;
  /** One job per product training, in bulk. Ranks count from 1 within a run: equal ranks of several runs take turns. */
  dealProducts(deals: readonly { readonly job: TrainProductJob; readonly rank: number }[]): Promise<void>;
  dealDeliveries(deals: readonly DeliveryDeal[]): Promise<void>;
  /** Sets the scheduler of the nightly plan; repeating it changes nothing. */
  upsertNightlyTick(everyMinutes?: number, offsetMinutes?: number): Promise<void>;
  /** Whether the nightly plan has a scheduler, and that has its next tick. */
  isNightlyTickSet(): Promise<boolean>;
  /** Of these run starts the ones that will not come: the queue does not know them, or counts them as ended. */
  lostStarts<Job extends StartRunJob>(jobs: readonly Job[]): Promise<readonly Job[]>;
  /** Likewise, of these product trainings. */
  lostProducts<Job extends TrainProductJob>(jobs: readonly Job[]): Promise<readonly Job[]>;
  lostDeliveries<Job extends DeliverWebhookJob>(jobs: readonly Job[]): Promise<readonly Job[]>;
  /** Which fleet's epoch this Redis was filled in; null for a Redis that was never filled, or emptied since. */
  epoch(): Promise<string | null>;
  rememberEpoch(epoch: string): Promise<void>;
  depth(): Promise<readonly QueueDepth[]>;
  /** For Bull Board. */
  boardQueues(): readonly Queue[];
  ping(): Promise<void>;
  /** @throws Error where the server would lose jobs: one that evicts keys, or is too old for streams as we read them. */
  checkServer(): Promise<void>;
  /** The connection, for others who do not block on it. */
  readonly redis: Redis;
  close(): Promise<void>;
};

export type QueueOptions = {
  readonly redisUrl: string;
  readonly prefix?: string;
  /** Told of every trouble with the connection; each command also tells its own. */
  readonly onError?: (error: Error) => void;
};

/** BullMQ's largest priority; products beyond it share the last place. */
const RANK_MAX = 2_097_151;

/** Jobs added in one round trip: Redis serves nobody else in the meantime. */
const DEAL_SIZE = 500;

/** Bytes. Ids and a generation fit many times over. */
const PAYLOAD_MAX_BYTES = 2_048;

const HOUR_S = 3_600;

/**
 * Ended jobs stay for Bull Board only; what became of a training is in Postgres. The stack stays out of Redis, which
 * anyone with Bull Board may read: the log has it, without secrets.
 */
const JOB_OPTIONS: DefaultJobOptions = {
  // The consumer decided the delay when it met the failure; see `backoffStrategy` there.
  backoff: { type: "decided" },
  removeOnComplete: { age: HOUR_S, count: 1_000 },
  removeOnFail: { age: 7 * 24 * HOUR_S, count: 5_000 },
  sizeLimit: PAYLOAD_MAX_BYTES,
  stackTraceLimit: 0,
  keepLogs: 0,
};

/** Events that BullMQ keeps per queue: nobody reads them back, progress has a stream of its own. */
const BULL_EVENTS_MAX = 1_000;

const STATES = ["waiting", "prioritized", "delayed", "active", "failed"] as const;

export function openQueues({ redisUrl, prefix = "{levain}", onError = () => undefined }: QueueOptions): Queues {
  const { redis, release } = shareRedis(redisUrl, onError);
  const open = (name: QueueName): Queue => {
    const queue = new Queue(name, {
      connection: redis,
      prefix,
      defaultJobOptions: { ...JOB_OPTIONS, attempts: PACES[name].attemptsMax },
      streams: { events: { maxLen: BULL_EVENTS_MAX } },
    });
    // The connection is shared, and its trouble is told once: by the one who shares it.
    return queue.on("error", () => undefined);
  };
  const epochKey = `${prefix}:epoch`;
  const queues = {
    "start-run": open("start-run"),
    "train-product": open("train-product"),
    nightly: open("nightly"),
    "deliver-webhook": open("deliver-webhook"),
  } satisfies Record<QueueName, Queue>;

  return {
    redis,
    enqueueStartRun: async (job) => {
      await answered(redis, () => queues["start-run"].add("start-run", job, { jobId: startRunJobId(job) }));
    },
    dealProducts: async (deals) => {
      for (let from = 0; from < deals.length; from += DEAL_SIZE) {
        const bulk = deals.slice(from, from + DEAL_SIZE).map(({ job, rank }) => ({
          name: "train-product",
          data: job,
          opts: { jobId: trainProductJobId(job), priority: Math.min(Math.max(Math.trunc(rank), 1), RANK_MAX) },
        }));
        await answered(redis, () => queues["train-product"].addBulk(bulk), 2 * ANSWER_WITHIN_MS);
      }
    },
    dealDeliveries: async (deals) => {
      const { attemptsMax } = PACES["deliver-webhook"];
      const bulk = deals.map(({ job, attemptsMade, delayMs }) => ({
        name: "deliver-webhook",
        data: job,
        opts: { jobId: deliverWebhookJobId(job), attempts: Math.max(1, attemptsMax - attemptsMade), delay: Math.max(0, Math.round(delayMs)) },
      }));
      if (bulk.length > 0) await answered(redis, () => queues["deliver-webhook"].addBulk(bulk), 2 * ANSWER_WITHIN_MS);
    },
    upsertNightlyTick: async (everyMinutes = 15, offsetMinutes = 0) => {
      const pattern = tickPattern(everyMinutes, offsetMinutes);
      const job = { name: NIGHTLY_SCHEDULER, data: NIGHTLY_TICK, opts: { removeOnComplete: { count: 10 } } };
      await answered(redis, () => queues.nightly.upsertJobScheduler(NIGHTLY_SCHEDULER, { pattern, tz: "UTC" }, job));
    },
    isNightlyTickSet: () => isTickScheduled(redis, `${prefix}:nightly`),
    lostStarts: (jobs) => lostJobs(redis, `${prefix}:start-run`, jobs, startRunJobId),
    lostProducts: (jobs) => lostJobs(redis, `${prefix}:train-product`, jobs, trainProductJobId),
    lostDeliveries: (jobs) => lostJobs(redis, `${prefix}:deliver-webhook`, jobs, deliverWebhookJobId),
    epoch: () => answered(redis, () => redis.get(epochKey)),
    rememberEpoch: async (epoch) => {
      await answered(redis, () => redis.set(epochKey, epoch));
    },
    depth: async () => {
      const counts = await answered(redis, () => Promise.all(QUEUE_NAMES.map((name) => queues[name].getJobCounts(...STATES))));
      return QUEUE_NAMES.flatMap((queue, index) => STATES.map((state) => ({ queue, state, count: counts[index]?.[state] ?? 0 })));
    },
    boardQueues: () => Object.values(queues),
    ping: async () => {
      await answered(redis, () => redis.ping());
    },
    checkServer: async () => refuseForgetfulServer(await answered(redis, () => redis.info())),
    close: async () => {
      await Promise.all(Object.values(queues).map((queue) => queue.close()));
      release();
    },
  };
}
