/**
 * A tenant's runs as they should be, kept without a database: what each step must answer, and what must be true after it.
 * Steps are what a fleet may do at any moment, late workers and doubled jobs included.
 */
import { expect } from "vitest";
import type { Db, TenantDb } from "@levain/db";

export type TrainingEnd = "trained" | "skipped" | "failed" | "dead" | "cancelled";
export type OpenStatus = "queued" | "running" | "deferred";

export type ModelTraining = { readonly productId: string; status: OpenStatus | TrainingEnd; attempt: number; generation: number; lostClaims: number };

export type ModelRun = { readonly id: string; status: "accepted" | "running" | "finished" | "cancelled"; fence: bigint; generation: number; trainings: ModelTraining[] };

export type ModelClaim = { readonly run: ModelRun; readonly training: ModelTraining; readonly attempt: number; readonly fence: bigint };

export type TenantModel = {
  fence: bigint;
  readonly runs: ModelRun[];
  /** Every claim that was ever handed out: a worker may come back with any of them. */
  readonly claims: ModelClaim[];
  /** Models by product, each the run it came of. */
  readonly models: Map<string, string[]>;
  readonly champions: Map<string, string>;
  readonly nights: Set<string>;
  readonly keys: { readonly secret: string; readonly keyId: string; isRevoked: boolean }[];
};

export type Real = { readonly db: Db; readonly tenantId: string; readonly tenant: TenantDb };

export const emptyModel = (): TenantModel => ({ fence: 0n, runs: [], claims: [], models: new Map(), champions: new Map(), nights: new Set(), keys: [] });

export const openRunOf = (model: TenantModel): ModelRun | undefined => model.runs.find(({ status }) => status === "accepted" || status === "running");

export const isOpen = ({ status }: ModelTraining): boolean => status === "queued" || status === "running" || status === "deferred";

export const isRunOver = (run: ModelRun): boolean => !run.trainings.some(isOpen);

/** What the database answered is what the model says. */
export function agree(answered: unknown, expected: unknown): void {
  expect(answered).toEqual(expected);
}

/** The database refused a late writer. */
export async function agreeThatLate(write: Promise<unknown>): Promise<void> {
  await expect(write).rejects.toMatchObject({ code: "stale-fence" });
}

/** Holds every row of the tenant against the model. */
export async function expectSame(model: TenantModel, { tenant }: Real): Promise<void> {
  for (const run of model.runs) {
    const view = await tenant.run(run.id);
    expect(view?.status, `run ${run.id}`).toBe(run.status);
    const { items } = await tenant.productTrainings(run.id, { limit: 50 });
    expect(items.map(({ productId, status, attempts }) => ({ productId, status, attempts })).toSorted(byProduct)).toEqual(
      run.trainings.map(({ productId, status, attempt }) => ({ productId, status, attempts: attempt })).toSorted(byProduct),
    );
  }
  for (const [productId, runs] of model.models) {
    const { items } = await tenant.models(productId, { limit: 200 });
    expect(items.map(({ runId }) => runId).toReversed()).toEqual(runs);
    expect(items.map(({ version }) => version).toReversed()).toEqual(runs.map((_, index) => index + 1));
    expect(items.filter(({ isChampion }) => isChampion).map(({ runId }) => runId)).toEqual([model.champions.get(productId)]);
  }
}

const byProduct = (a: { productId: string }, b: { productId: string }): number => a.productId.localeCompare(b.productId);
