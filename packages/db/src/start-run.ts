/** The start and the early end of a run, each one statement: see the functions in prisma/migrations. */
import { Failure, RunContext, type FailureCode, type Finding, type Product, type ProductId, type RunId } from "@levain/contracts";
import type { Client } from "./client.js";

export type StartedRun = {
  readonly fence: bigint;
  /** False when an earlier call had started the run: then its context and products hold, not those of this call. */
  readonly startedNow: boolean;
  /** The product trainings that have not ended, by rank, to be dealt to the queue. */
  readonly products: readonly { readonly productId: ProductId; readonly rank: number; readonly generation: number }[];
};

export const createStartRun = (client: Client, tenantId: string) => ({
  /**
   * Raises the fence and writes the context and one product training per product, the best sellers first. A run without
   * products is finished at once. Throws a Failure when the run was stopped.
   */
  async startRun(runId: RunId, context: RunContext, products: readonly Product[], findings: readonly Finding[]): Promise<StartedRun> {
    const rows = await client.$queryRaw<{ run_status: string; run_fence: bigint | null; started_now: boolean }[]>`
      SELECT * FROM start_training_run(
        ${tenantId}, ${runId}::uuid, ${JSON.stringify(context)}::jsonb, ${JSON.stringify(listedOnce(products))}::jsonb,
        ${JSON.stringify(findings)}::jsonb)`;
    const run = rows[0];
    if (!run) throw new Failure("job.malformed", "expected a run of this tenant", { runId });
    if (run.run_fence === null || run.run_status === "cancelled" || run.run_status === "failed") {
      throw new Failure("cancelled", `the run was ${run.run_status} before it could start`, { runId });
    }
    const open = await client.productTraining.findMany({
      where: { tenantId, runId, status: { in: ["queued", "running", "deferred"] } },
      orderBy: { rank: "asc" },
      select: { productId: true, rank: true, generation: true },
    });
    return { fence: run.run_fence, startedNow: run.started_now, products: open };
  },

  /** What all products of the run share, as it was when the run started. */
  async runContext(runId: RunId): Promise<RunContext> {
    const row = await client.runContext.findUnique({ where: { tenantId_runId: { tenantId, runId } } });
    if (!row) throw new Failure("job.malformed", "expected a run that was started", { runId });
    return RunContext.parse(row.context);
  },

  /** Ends the run for a person: what was open in it is cancelled, late commits are stale. False when it was not open. */
  cancelRun: (runId: RunId): Promise<boolean> => stopRun(client, tenantId, runId, "cancelled", null),

  /** Ends the run for a reason: what was open in it fails with it, late commits are stale. False when it was not open. */
  failRun: (runId: RunId, code: FailureCode, message: string): Promise<boolean> => stopRun(client, tenantId, runId, "failed", { code, message }),
});

async function stopRun(
  client: Client,
  tenantId: string,
  runId: RunId,
  status: "cancelled" | "failed",
  failure: { readonly code: FailureCode; readonly message: string } | null,
): Promise<boolean> {
  const rows = await client.$queryRaw<[{ was_open: boolean }]>`
    SELECT stop_training_run(${tenantId}, ${runId}::uuid, ${status}, ${failure?.code ?? null}, ${failure?.message ?? null}) AS was_open`;
  return rows[0].was_open;
}

/** A till that lists a product twice, on two pages, means it once. */
const listedOnce = (products: readonly Product[]): Product[] => {
  const byId = new Map<ProductId, Product>();
  for (const product of products) if (!byId.has(product.id)) byId.set(product.id, product);
  return [...byId.values()];
};
