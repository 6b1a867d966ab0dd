/** Fills the repair's functions with Postgres and Redis. */
import type { ArtifactStore } from "@levain/artifacts";
import type { RunId, StartRunJob } from "@levain/contracts";
import type { Db, StoredModels } from "@levain/db";
import type { Leases } from "@levain/lease";
import type { Queues } from "@levain/queue";
import { byRun, productJob, startJob } from "../jobs.js";
import { storeThenName } from "../store-then-name.js";
import { deliveryJob } from "./deliveries.js";
import type { CountRepairs } from "./count-repairs.js";
import type { RepairDeps } from "./repair.js";

export type RepairWorld = { readonly db: Db; readonly artifacts: ArtifactStore; readonly queues: Queues; readonly leases: Leases };

export type RepairWiring = {
  readonly tickMinutes: number;
  readonly tickOffsetMinutes: number;
  /** Puts it on the queue and notes that it is there. */
  enqueueStartRun(job: StartRunJob): Promise<void>;
  finishRun(tenantId: string, runId: RunId): Promise<void>;
  readonly repaired: CountRepairs;
  readonly onRefused: StoredModels["onRefused"];
  now(): Date;
  warn(sentence: string, fields: Record<string, unknown>): void;
};

export const wireRepair = (
  { db, artifacts, queues, leases }: RepairWorld,
  { tickMinutes, tickOffsetMinutes, enqueueStartRun, finishRun, repaired, onRefused, now, warn }: RepairWiring,
): RepairDeps => ({
  fleetEpoch: () => db.repairs.epoch(),
  redisEpoch: () => queues.epoch(),
  rememberEpoch: (epoch) => queues.rememberEpoch(epoch),
  openRuns: () => db.runs.openRuns(),
  putRunBack: (run) => db.repairs.putRunBack(run),
  putAllDeliveriesBack: () => db.deliveries.putBack(null),

  waitingStarts: (forMs) => db.repairs.waitingStarts(forMs),
  waitingProducts: (forMs, after, limit) => db.repairs.waitingProducts(forMs, after, limit),
  lostStarts: async (starts) => (await queues.lostStarts(starts.map((start) => ({ ...startJob(start), start })))).map(({ start }) => start),
  lostProducts: async (products) => (await queues.lostProducts(products.map((product) => ({ ...productJob(product), product })))).map(({ product }) => product),
  putStartBack: (start) => db.repairs.putStartBack(start),
  putProductsBack: async (products) => {
    const counts = await Promise.all(byRun(products).map((ofRun) => db.repairs.putProductsBack(ofRun[0], ofRun)));
    return counts.reduce((sum, count) => sum + count, 0);
  },

  untoldStarts: (forMs) => db.repairs.untoldStarts(forMs),
  untoldProducts: (forMs, limit) => db.repairs.untoldProducts(forMs, limit),
  enqueueStart: (start) => enqueueStartRun(startJob(start)),
  enqueueProducts: async (products) => {
    await queues.dealProducts(products.map((product) => ({ rank: product.rank, job: productJob(product) })));
    for (const ofRun of byRun(products)) await db.runs.markProductsEnqueued(ofRun[0].runId, ofRun);
  },

  overdueRuns: () => db.repairs.overdueRuns(),
  hollowRuns: () => db.repairs.hollowRuns(),
  failRun: ({ tenantId, runId }, { code, message }) => db.forTenant(tenantId).failRun(runId, code, message),
  settleRun: (run, failure) => db.repairs.settleRun(run, failure),
  finishRun,

  untoldDeliveries: (limit) => db.deliveries.untold(limit),
  enqueueDeliveries: async (deliveries) => {
    await queues.dealDeliveries(deliveries.map((delivery) => ({ job: deliveryJob(delivery), attemptsMade: delivery.attempts, delayMs: delivery.waitMs })));
    await db.deliveries.markEnqueued(deliveries);
  },
  waitingDeliveries: (forMs, after, limit) => db.deliveries.waiting(forMs, after, limit),
  lostDeliveries: (deliveries) => queues.lostDeliveries(deliveries.map(deliveryJob)),
  putDeliveriesBack: (deliveries) => db.deliveries.putBack(deliveries),
  forgetOldMessages: () => db.deliveries.forgetOld(),

  isNightlyTickSet: () => queues.isNightlyTickSet(),
  setNightlyTick: () => queues.upsertNightlyTick(tickMinutes, tickOffsetMinutes),
  takeLease: (tenantId, runId) => leases.take(tenantId, runId),
  releaseLease: (tenantId, runId) => leases.release(tenantId, runId),

  textsToMove: (limit) => db.artifacts.textsToMove(limit),
  moveText: (text) =>
    storeThenName(text.text, {
      put: (artifact) => artifacts.put(text.tenantId, artifact),
      name: () => db.artifacts.dropText(text),
      reprieve: (sha256, put) => db.artifacts.reprieve(text.tenantId, sha256, put),
    }),
  refuseText: async (text, reason) => {
    if (await db.artifacts.refuse(text, reason)) onRefused({ tenantId: text.tenantId, productId: text.productId, modelId: text.id, reason });
  },
  listArtifacts: () => artifacts.list(),
  condemnArtifacts: (tenantId, sha256s) => db.artifacts.condemn(tenantId, sha256s),
  removeCondemned: (tenantId, sha256) => db.artifacts.removeCondemned(tenantId, sha256, () => artifacts.remove(tenantId, sha256)),
  forgetRemoved: () => db.artifacts.forgetRemoved(),
  forgetOld: () => db.retention.forgetOld(),
  repaired,
  now,
  warn,
});
