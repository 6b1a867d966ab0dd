/** One product of a run: taken by a worker, put off, and shown. How it ends is in commit.ts. */
import {
  DataReport,
  DemandClass,
  HeldFor,
  ProductTrainingStatus,
  Score,
  SkipReason,
  TrainingReason,
  type FailureCode,
  type Product,
  type ProductId,
  type ProductTrainingView,
  type RunId,
} from "@levain/contracts";
import type { Client } from "./client.js";
import type { Prisma } from "./generated/client.js";
import { isInteger, keyAfter, pageOfRows, rowsFor, type Keyset, type Page, type PageRequest } from "./page.js";
import { failureOf } from "./run-view.js";

/** A product training that a worker holds until it ends or someone claims it anew. */
export type Claim = {
  readonly attempt: number;
  readonly fence: bigint;
  readonly product: Product;
  /** Claims so far that found the training running, because the worker before had vanished. */
  readonly lostClaims: number;
  /** Those of them that had their worker process to themselves. */
  readonly lostAlone: number;
};

const BY_RANK: Keyset<number> = { listing: "product-trainings", read: ([rank]) => (isInteger(rank) ? rank : null) };

export const createProductTrainings = (client: Client, tenantId: string) => ({
  /**
   * Takes a product training and raises its attempt, so that whoever held it before is late. Null when it has ended, its
   * run is not running, or the job is of an older generation: then there is nothing to do. @param generation the job's
   */
  claim: (runId: RunId, productId: ProductId, workerName: string, generation: number | null = null): Promise<Claim | null> =>
    take(client, tenantId, runId, productId, workerName, generation, "anyhow"),

  /** The same, but leaves alone what has lost a worker; see `isSuspect`. */
  claimUnsuspected: (runId: RunId, productId: ProductId, workerName: string, generation: number): Promise<Claim | null> =>
    take(client, tenantId, runId, productId, workerName, generation, "unsuspected"),

  /** The same, by a worker process that has nothing else in hand, which the claim remembers. */
  claimAlone: (runId: RunId, productId: ProductId, workerName: string, generation: number): Promise<Claim | null> =>
    take(client, tenantId, runId, productId, workerName, generation, "alone"),

  /** Whether an open product training has lost a worker: one vanished that held it, now or earlier. */
  async isSuspect(runId: RunId, productId: ProductId, generation: number): Promise<boolean> {
    const isLost = { OR: [{ status: "running" }, { status: { in: ["queued", "deferred"] }, lostClaims: { gt: 0 } }] };
    return (await client.productTraining.count({ where: { tenantId, runId, productId, generation, ...isLost } })) === 1;
  },

  /** Notes that a held product training waits for another try, and why. False when this attempt no longer holds it. */
  async defer(runId: RunId, productId: ProductId, attempt: number, code: FailureCode, message = ""): Promise<boolean> {
    const { count } = await client.productTraining.updateMany({
      where: { tenantId, runId, productId, attempt, status: { in: ["running", "deferred"] } },
      data: { status: "deferred", failureCode: code, failureMessage: message },
    });
    return count === 1;
  },

  async productTraining(runId: RunId, productId: ProductId): Promise<ProductTrainingView | null> {
    const row = await client.productTraining.findUnique({ where: { tenantId_runId_productId: { tenantId, runId, productId } }, include: SHOWN_BESIDE });
    return row && viewOf(row);
  },

  /** By rank. */
  async productTrainings(runId: RunId, page: PageRequest): Promise<Page<ProductTrainingView>> {
    const after = keyAfter(BY_RANK, page);
    const rows = await client.productTraining.findMany({
      where: { tenantId, runId, ...(after !== null && { rank: { gt: after } }) },
      include: SHOWN_BESIDE,
      orderBy: { rank: "asc" },
      take: rowsFor(page),
    });
    return pageOfRows(BY_RANK, page, rows, ({ rank }) => [rank], viewOf);
  },
});

/** How a product training may be claimed. */
type Manner = "anyhow" | "unsuspected" | "alone";

async function take(client: Client, tenantId: string, runId: RunId, productId: ProductId, workerName: string, generation: number | null, manner: Manner): Promise<Claim | null> {
  const rows = await client.$queryRaw<ClaimRow[]>`
    UPDATE product_trainings t
    SET status = 'running', attempt = t.attempt + 1, lost_claims = t.lost_claims + (t.status = 'running')::integer,
        lost_alone = t.lost_alone + (t.status = 'running' AND t.is_alone)::integer, is_alone = ${manner === "alone"}::boolean,
        claimed_by = ${workerName}, claimed_at = now(), started_at = coalesce(t.started_at, now()),
        failure_code = NULL, failure_message = NULL
    FROM training_runs r, products p
    WHERE t.tenant_id = ${tenantId} AND t.run_id = ${runId}::uuid AND t.product_id = ${productId}
      AND t.status IN ('queued', 'running', 'deferred') AND t.generation = coalesce(${generation}::integer, t.generation)
      AND (${manner !== "unsuspected"}::boolean OR (t.status <> 'running' AND t.lost_claims = 0))
      AND r.tenant_id = t.tenant_id AND r.id = t.run_id AND r.status = 'running'
      AND p.tenant_id = t.tenant_id AND p.id = t.product_id
    RETURNING t.attempt, t.lost_claims, t.lost_alone, r.fence, p.name, p.is_discontinued, p.has_own_events`;
  const row = rows[0];
  if (!row) return null;
  const product = { id: productId, name: row.name, isDiscontinued: row.is_discontinued, hasOwnEvents: row.has_own_events };
  return { attempt: row.attempt, fence: row.fence, product, lostClaims: row.lost_claims, lostAlone: row.lost_alone };
}

type ClaimRow = {
  readonly attempt: number;
  readonly lost_claims: number;
  readonly lost_alone: number;
  readonly fence: bigint;
  readonly name: string;
  readonly is_discontinued: boolean;
  readonly has_own_events: boolean;
};

const SHOWN_OF_MODEL = { select: { demandClass: true, family: true, score: true, naiveScore: true } } as const;

const SHOWN_BESIDE = {
  product: { select: { name: true } },
  model: { select: { ...SHOWN_OF_MODEL.select, decision: true, becameChampion: true, heldFor: true } },
  keptModel: SHOWN_OF_MODEL,
} satisfies Prisma.ProductTrainingInclude;

const viewOf = ({ keptModel, ...row }: Prisma.ProductTrainingGetPayload<{ include: typeof SHOWN_BESIDE }>): ProductTrainingView => {
  const model = row.model ?? keptModel;
  return {
    productId: row.productId,
    productName: row.product.name,
    status: ProductTrainingStatus.parse(row.status),
    attempts: row.attempt,
    demandClass: model && DemandClass.parse(model.demandClass),
    family: model && model.family,
    score: model && Score.parse(model.score),
    naiveScore: model && Score.parse(model.naiveScore),
    reason: TrainingReason.nullable().parse(row.reason),
    decision: row.model?.decision ?? null,
    becameChampion: row.model?.becameChampion ?? null,
    heldFor: HeldFor.nullable().parse(row.model?.heldFor ?? null),
    skipReason: SkipReason.nullable().parse(row.skipReason),
    keptModelId: row.keptModelId,
    failure: failureOf(row),
    report: DataReport.nullable().parse(row.report),
    startedAt: row.startedAt?.toISOString() ?? null,
    finishedAt: row.finishedAt?.toISOString() ?? null,
    claimedBy: row.claimedBy,
    // Of the attempt that ended it: earlier ones and their waits are not the training's own time.
    durationMs: row.finishedAt && row.claimedAt ? row.finishedAt.getTime() - row.claimedAt.getTime() : null,
  };
};
