/**
 * What a repair asks of all open runs: what the queue was never told, what it should know, what is overdue, and how each
 * is put right. All ages are PostgreSQL's own, so that no clock of a process matters. Each question is one statement,
 * bounded where its answer could be long; a run's start counts as a job as much as its product trainings do.
 */
import type { FailureCode, ProductId, RunId } from "@levain/contracts";
import type { Client } from "./client.js";

export type OpenRun = { readonly tenantId: string; readonly runId: RunId };

/** A run's start as its job names it. */
export type StartJob = OpenRun & { readonly generation: number; readonly requestId: string | null };

/** A product training as its job names it. */
export type ProductJob = StartJob & { readonly productId: ProductId; readonly rank: number };

/** After which product training to go on looking: they are looked through by run and rank. */
export type Place = { readonly runId: RunId; readonly rank: number };

export const createRepairs = (client: Client) => ({
  /** What the Redis that holds the queue should know. Made when first asked for. */
  async epoch(): Promise<string> {
    const rows = await client.$queryRaw<[{ epoch: string }]>`
      INSERT INTO fleet (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET id = 1 RETURNING epoch`;
    return rows[0].epoch;
  },

  /** Runs that were accepted, or put back, and whose start the queue was not told of for so long. */
  async untoldStarts(forMs: number): Promise<readonly StartJob[]> {
    return client.$queryRaw<StartJob[]>`
      SELECT tenant_id AS "tenantId", id AS "runId", generation, request_id AS "requestId"
      FROM training_runs
      WHERE status = 'accepted' AND enqueued_at IS NULL
        AND (generation > 1 OR accepted_at < now() - ${forMs}::double precision * interval '1 millisecond')
      ORDER BY accepted_at`;
  },

  /** Product trainings whose run started so long ago, or that were put back, and that the queue was not told of; best sellers first. */
  async untoldProducts(forMs: number, limit: number): Promise<readonly ProductJob[]> {
    return client.$queryRaw<ProductJob[]>`
      SELECT t.tenant_id AS "tenantId", t.run_id AS "runId", t.product_id AS "productId", t.rank, t.generation, r.request_id AS "requestId"
      FROM training_runs r JOIN product_trainings t ON t.tenant_id = r.tenant_id AND t.run_id = r.id
      WHERE r.status = 'running' AND t.status IN ('queued', 'running', 'deferred') AND t.enqueued_at IS NULL
        AND (t.generation > 1 OR r.started_at < now() - ${forMs}::double precision * interval '1 millisecond')
      ORDER BY t.rank LIMIT ${limit}`;
  },

  /** Accepted runs whose start has been on the queue for so long. */
  async waitingStarts(forMs: number): Promise<readonly StartJob[]> {
    return client.$queryRaw<StartJob[]>`
      SELECT tenant_id AS "tenantId", id AS "runId", generation, request_id AS "requestId"
      FROM training_runs
      WHERE status = 'accepted' AND enqueued_at < now() - ${forMs}::double precision * interval '1 millisecond'
      ORDER BY accepted_at`;
  },

  /** Open product trainings that have been on the queue for so long, and were not claimed since, from a place on. */
  async waitingProducts(forMs: number, after: Place | null, limit: number): Promise<readonly ProductJob[]> {
    return client.$queryRaw<ProductJob[]>`
      SELECT t.tenant_id AS "tenantId", t.run_id AS "runId", t.product_id AS "productId", t.rank, t.generation, r.request_id AS "requestId"
      FROM training_runs r JOIN product_trainings t ON t.tenant_id = r.tenant_id AND t.run_id = r.id
      WHERE r.status = 'running' AND t.status IN ('queued', 'running', 'deferred')
        AND greatest(t.enqueued_at, t.claimed_at) < now() - ${forMs}::double precision * interval '1 millisecond'
        AND t.enqueued_at IS NOT NULL
        AND (${after?.runId ?? null}::uuid IS NULL OR (t.run_id, t.rank) > (${after?.runId ?? null}::uuid, ${after?.rank ?? 0}::integer))
      ORDER BY t.run_id, t.rank LIMIT ${limit}`;
  },

  /** Puts a run's start back, unless it has started since; see put_back in the migrations. False when there was nothing to do. */
  async putStartBack({ tenantId, runId }: OpenRun): Promise<boolean> {
    return (await putBack(client, tenantId, runId, "accepted", null)) > 0;
  },

  /** Puts back these product trainings of one run, as far as they are open and nobody else did. How many. */
  putProductsBack: ({ tenantId, runId }: OpenRun, products: readonly Pick<ProductJob, "productId" | "generation">[]): Promise<number> =>
    putBack(client, tenantId, runId, "running", products),

  /** Puts back everything that is open in an open run. How many jobs. */
  async putRunBack({ tenantId, runId }: OpenRun): Promise<number> {
    const starts = await putBack(client, tenantId, runId, "accepted", null);
    return starts > 0 ? starts : putBack(client, tenantId, runId, "running", null);
  },

  /** The most workers that a product training of an open run lost alone and was trained after all: so many can be chance. */
  async lostAloneSurvived(): Promise<number> {
    const rows = await client.$queryRaw<[{ most: number }]>`
      SELECT coalesce(max(t.lost_alone), 0) AS most
      FROM training_runs r JOIN product_trainings t ON t.tenant_id = r.tenant_id AND t.run_id = r.id
      WHERE r.status = 'running' AND t.status IN ('trained', 'unchanged', 'skipped')`;
    return rows[0].most;
  },

  /** Open runs whose deadline has passed. */
  async overdueRuns(): Promise<readonly (OpenRun & { readonly status: "accepted" | "running" })[]> {
    return client.$queryRaw`
      SELECT tenant_id AS "tenantId", id AS "runId", status FROM training_runs
      WHERE status IN ('accepted', 'running') AND deadline_at < now()`;
  },

  /** Running runs in which nothing is open: whoever ended the last product training should have ended them. */
  async hollowRuns(): Promise<readonly OpenRun[]> {
    return client.$queryRaw`
      SELECT r.tenant_id AS "tenantId", r.id AS "runId" FROM training_runs r
      WHERE r.status = 'running' AND NOT EXISTS (
        SELECT FROM product_trainings t
        WHERE t.tenant_id = r.tenant_id AND t.run_id = r.id AND t.status IN ('queued', 'running', 'deferred'))`;
  },

  /** Finishes a running run: what is open fails for this reason; without one, only a run in which nothing is. False when there was nothing to do. */
  async settleRun({ tenantId, runId }: OpenRun, failure: { readonly code: FailureCode; readonly message: string } | null): Promise<boolean> {
    const rows = await client.$queryRaw<[{ settled: boolean }]>`
      SELECT settle_training_run(${tenantId}, ${runId}::uuid, ${failure?.code ?? null}, ${failure?.message ?? null}) AS settled`;
    return rows[0].settled;
  },
});

async function putBack(
  client: Client,
  tenantId: string,
  runId: RunId,
  status: "accepted" | "running",
  products: readonly Pick<ProductJob, "productId" | "generation">[] | null,
): Promise<number> {
  const rows = await client.$queryRaw<[{ jobs: number }]>`
    SELECT put_back(
      ${tenantId}, ${runId}::uuid, ${status},
      ${products && products.map(({ productId }) => productId)}::text[], ${products && products.map(({ generation }) => generation)}::integer[]) AS jobs`;
  return rows[0].jobs;
}
