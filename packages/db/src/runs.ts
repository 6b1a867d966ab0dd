/**
 * Training runs of all tenants, as those see them who work: a job names only its run. `generation` counts how often a
 * job was put on the queue, where an id that was seen before is ignored; whoever finds a job missing there raises it.
 */
import { ProductTrainingStatus, RunStatus, type BusinessDay, type ProductId, type RunId } from "@levain/contracts";
import type { Client } from "./client.js";
import { dayOfColumn } from "./column-day.js";
import type { TrainingRun } from "./generated/client.js";

export type Run = {
  readonly id: RunId;
  readonly tenantId: string;
  readonly status: RunStatus;
  /** Null until the run is started. */
  readonly fence: bigint | null;
  readonly cutoff: BusinessDay;
  /** Null: all products. */
  readonly requestedProductIds: readonly ProductId[] | null;
  readonly deadlineAt: Date;
  readonly requestId: string | null;
  readonly generation: number;
  readonly acceptedAt: Date;
  /** When the start was last known to be on the queue; null when nobody has said so. */
  readonly enqueuedAt: Date | null;
  readonly productsOpen: number;
};

/** A product training that has not ended, beside what the queue was told of it. */
export type OpenProductTraining = {
  readonly productId: ProductId;
  readonly rank: number;
  readonly generation: number;
  readonly status: OpenStatus;
  readonly enqueuedAt: Date | null;
  readonly claimedAt: Date | null;
};

const OpenStatus = ProductTrainingStatus.extract(["queued", "running", "deferred"]);
type OpenStatus = "queued" | "running" | "deferred";

const OPEN_RUN = ["accepted", "running"];
const OPEN_TRAINING = [...OpenStatus.options];

export const createRuns = (client: Client) => ({
  async find(runId: RunId): Promise<Run | null> {
    const row = await client.trainingRun.findUnique({ where: { id: runId } });
    return row && runOf(row);
  },

  /** Runs that have not ended, the oldest first. */
  async openRuns(): Promise<readonly Run[]> {
    const rows = await client.trainingRun.findMany({ where: { status: { in: OPEN_RUN } }, orderBy: { acceptedAt: "asc" } });
    return rows.map(runOf);
  },

  /** Notes that the run's start is on the queue. To be said after it is, not before. */
  async markEnqueued(runId: RunId): Promise<void> {
    await client.trainingRun.updateMany({ where: { id: runId }, data: { enqueuedAt: new Date() } });
  },

  /** The generation for putting the run's start on the queue once more; null when the run needs no start any more. */
  async raiseGeneration(runId: RunId): Promise<number | null> {
    const rows = await client.trainingRun.updateManyAndReturn({
      where: { id: runId, status: { in: OPEN_RUN } },
      data: { generation: { increment: 1 } },
      select: { generation: true },
    });
    return rows[0]?.generation ?? null;
  },

  /** The run's product trainings that have not ended, by rank. */
  async openProductTrainings(runId: RunId): Promise<readonly OpenProductTraining[]> {
    const rows = await client.productTraining.findMany({
      where: { runId, status: { in: OPEN_TRAINING } },
      orderBy: { rank: "asc" },
      select: { productId: true, rank: true, generation: true, status: true, enqueuedAt: true, claimedAt: true },
    });
    return rows.map((row) => ({ ...row, status: OpenStatus.parse(row.status) }));
  },

  /** Notes that these product trainings are on the queue. */
  async markProductsEnqueued(runId: RunId, productIds: readonly ProductId[]): Promise<void> {
    await client.productTraining.updateMany({ where: { runId, productId: { in: [...productIds] } }, data: { enqueuedAt: new Date() } });
  },

  /** The generations for putting these product trainings on the queue once more; those that have ended are left out. */
  async raiseProductGenerations(runId: RunId, productIds: readonly ProductId[]): Promise<readonly { readonly productId: ProductId; readonly rank: number; readonly generation: number }[]> {
    return client.productTraining.updateManyAndReturn({
      where: { runId, productId: { in: [...productIds] }, status: { in: OPEN_TRAINING } },
      data: { generation: { increment: 1 } },
      select: { productId: true, rank: true, generation: true },
    });
  },
});

const runOf = (row: TrainingRun): Run => ({
  id: row.id,
  tenantId: row.tenantId,
  status: RunStatus.parse(row.status),
  fence: row.fence,
  cutoff: dayOfColumn(row.cutoff),
  requestedProductIds: row.requestedProductIds.length === 0 ? null : row.requestedProductIds,
  deadlineAt: row.deadlineAt,
  requestId: row.requestId,
  generation: row.generation,
  acceptedAt: row.acceptedAt,
  enqueuedAt: row.enqueuedAt,
  productsOpen: row.productsOpen,
});
