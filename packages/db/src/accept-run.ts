/**
 * Accepting a run. However many ask at once, the unique index `one_open_run` lets one of them through; the others learn
 * which run is open. An idempotency key repeats its first answer for good, also when that run has long ended.
 */
import type { BusinessDay, ProductId, RunId, RunTrigger, RunView } from "@levain/contracts";
import type { Client } from "./client.js";
import { columnOfDay } from "./column-day.js";
import { runViewOf } from "./run-view.js";

export type RunRequest = {
  /** Absent or null: all products. */
  readonly productIds?: readonly ProductId[] | null | undefined;
  readonly cutoff: BusinessDay;
  readonly trigger: RunTrigger;
  readonly idempotencyKey?: string | undefined;
  /** Says whether two requests under one idempotency key are the same request. */
  readonly requestDigest: string;
  readonly requestId?: string | undefined;
  readonly deadlineAt: Date;
};

export type Acceptance =
  | { readonly kind: "accepted"; readonly run: RunView }
  | { readonly kind: "repeated"; readonly run: RunView }
  | { readonly kind: "open"; readonly openRunId: RunId }
  | { readonly kind: "key-reused" };

/** Each round more needs a run that ended between two statements of ours; so many in a row would be a fault of this file. */
const ROUNDS_MAX = 20;

export const createAcceptRun = (client: Client, tenantId: string) => ({
  async acceptRun(request: RunRequest): Promise<Acceptance> {
    for (let round = 0; round < ROUNDS_MAX; round++) {
      const answer = (await insert(client, tenantId, request)) ?? (await firstAnswer(client, tenantId, request)) ?? (await openRun(client, tenantId));
      if (answer) return answer;
    }
    throw new Error(`a run of ${tenantId} was neither accepted nor refused in ${ROUNDS_MAX} rounds`);
  },
});

/** Null when either unique index refuses the row: the open run's, or the idempotency key's. */
async function insert(client: Client, tenantId: string, request: RunRequest): Promise<Acceptance | null> {
  const rows = await client.trainingRun.createManyAndReturn({
    data: {
      tenantId,
      trigger: request.trigger,
      cutoff: columnOfDay(request.cutoff),
      requestedProductIds: [...(request.productIds ?? [])],
      idempotencyKey: request.idempotencyKey ?? null,
      requestDigest: request.requestDigest,
      requestId: request.requestId ?? null,
      deadlineAt: request.deadlineAt,
    },
    skipDuplicates: true,
  });
  return rows[0] ? { kind: "accepted", run: runViewOf(rows[0]) } : null;
}

async function firstAnswer(client: Client, tenantId: string, { idempotencyKey, requestDigest }: RunRequest): Promise<Acceptance | null> {
  if (idempotencyKey === undefined) return null;
  const row = await client.trainingRun.findUnique({ where: { tenantId_idempotencyKey: { tenantId, idempotencyKey } } });
  if (!row) return null;
  return row.requestDigest === requestDigest ? { kind: "repeated", run: runViewOf(row) } : { kind: "key-reused" };
}

async function openRun(client: Client, tenantId: string): Promise<Acceptance | null> {
  const row = await client.trainingRun.findFirst({ where: { tenantId, status: { in: ["accepted", "running"] } }, select: { id: true } });
  return row && { kind: "open", openRunId: row.id };
}
