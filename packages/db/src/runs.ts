/**
 * Training runs of all tenants, as those see them who work: a job names only its run. `generation` counts how often a
 * job was put on the queue, where an id that was seen before is ignored; what is marked here is one generation's, so
 * that a mark that comes late cannot hide that a repair has raised it since.
 */
import { RunStatus, RunTrigger, type BusinessDay, type ProductId, type RunId } from "@levain/contracts";
import type { Client } from "./client.js";
import { dayOfColumn } from "./column-day.js";
import type { TrainingRun } from "./generated/client.js";

export type Run = {
  readonly id: RunId;
  readonly tenantId: string;
  readonly status: RunStatus;
  readonly trigger: RunTrigger;
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

const OPEN_RUN = ["accepted", "running"];

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

  /** Notes that the run's start of this generation is on the queue. To be said after it is, not before. */
  async markEnqueued(runId: RunId, generation = 1): Promise<void> {
    await client.$executeRaw`UPDATE training_runs SET enqueued_at = now() WHERE id = ${runId}::uuid AND generation = ${generation}`;
  },

  /** Notes that these product trainings of these generations are on the queue. */
  async markProductsEnqueued(runId: RunId, products: readonly { readonly productId: ProductId; readonly generation: number }[]): Promise<void> {
    await client.$executeRaw`
      UPDATE product_trainings SET enqueued_at = now()
      WHERE run_id = ${runId}::uuid AND (product_id, generation) IN (
        SELECT * FROM unnest(${products.map(({ productId }) => productId)}::text[], ${products.map(({ generation }) => generation)}::integer[]))`;
  },
});

const runOf = (row: TrainingRun): Run => ({
  id: row.id,
  tenantId: row.tenantId,
  status: RunStatus.parse(row.status),
  trigger: RunTrigger.parse(row.trigger),
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
