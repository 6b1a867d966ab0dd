/**
 * What Postgres and those who watch learn when a job did not end well. The queue decides what happens to the job
 * (`DISPOSITIONS`); these write down what it decided, before it moves the job.
 */
import type { Failure, ProductId, ProgressEvent, RunId, StartRunJob, TrainProductJob } from "@levain/contracts";
import type { Claim } from "@levain/db";
import type { HeldClaims } from "./held-claims.js";
import { toldOf } from "./told.js";

export type AfterFailureDeps = {
  tenantOf(runId: RunId): Promise<string | null>;
  readonly claims: HeldClaims;
  claim(tenantId: string, job: TrainProductJob): Promise<Claim | null>;
  deferProduct(tenantId: string, runId: RunId, productId: ProductId, claim: Claim, failure: Failure): Promise<unknown>;
  failProduct(tenantId: string, runId: RunId, productId: ProductId, claim: Claim, failure: Failure): Promise<{ runEnded: boolean }>;
  failRun(tenantId: string, runId: RunId, failure: Failure): Promise<unknown>;
  finishRun(tenantId: string, runId: RunId): Promise<void>;
  tell(event: ProgressEvent): void;
  warn(sentence: string, fields: Record<string, unknown>): void;
  error(sentence: string, fields: Record<string, unknown>): void;
  now(): Date;
};

const fieldsOf = (job: { runId: RunId; productId?: ProductId; requestId?: string | undefined }, failure: Failure): Record<string, unknown> => ({
  runId: job.runId,
  ...(job.productId === undefined ? {} : { productId: job.productId }),
  ...(job.requestId === undefined ? {} : { requestId: job.requestId }),
  code: failure.code,
  message: failure.message,
  ...failure.facts,
});

export async function productDeferred(job: TrainProductJob, failure: Failure, delayMs: number, deps: AfterFailureDeps): Promise<void> {
  deps.warn("product training deferred", { ...fieldsOf(job, failure), delayMs });
  deps.tell({ type: "product.deferred", runId: job.runId, at: deps.now().toISOString(), productId: job.productId, code: failure.code, delayMs });
  await noteWait(job, failure, deps);
}

export async function productRetried(job: TrainProductJob, failure: Failure, delayMs: number, deps: AfterFailureDeps): Promise<void> {
  deps.warn("product training will be retried", { ...fieldsOf(job, failure), delayMs });
  deps.tell({ type: "product.retried", runId: job.runId, at: deps.now().toISOString(), productId: job.productId, code: failure.code, delayMs });
  await noteWait(job, failure, deps);
}

async function noteWait(job: TrainProductJob, failure: Failure, deps: AfterFailureDeps): Promise<void> {
  const claim = deps.claims.letGo(job);
  const tenantId = claim && (await deps.tenantOf(job.runId));
  if (claim && tenantId) await deps.deferProduct(tenantId, job.runId, job.productId, claim, failure);
}

export async function productFailed(job: TrainProductJob, failure: Failure, deps: AfterFailureDeps): Promise<void> {
  const held = deps.claims.letGo(job);
  // A write refused by a fence is the fence at work: whoever replaced this worker has the word.
  if (failure.code === "stale-fence") return deps.warn("stale product training refused", fieldsOf(job, failure));
  deps.error("product training failed", fieldsOf(job, failure));
  const tenantId = await deps.tenantOf(job.runId);
  const claim = tenantId && (held ?? (await deps.claim(tenantId, job)));
  if (!tenantId || !claim) return;
  const { runEnded } = await deps.failProduct(tenantId, job.runId, job.productId, claim, failure);
  deps.tell({ type: "product.failed", runId: job.runId, at: deps.now().toISOString(), productId: job.productId, code: failure.code, message: toldOf(failure) });
  if (runEnded) await deps.finishRun(tenantId, job.runId);
}

export async function runDeferred(job: StartRunJob, failure: Failure, delayMs: number, deps: AfterFailureDeps): Promise<void> {
  deps.warn("run start deferred", { ...fieldsOf(job, failure), delayMs });
  deps.tell({ type: "run.deferred", runId: job.runId, at: deps.now().toISOString(), code: failure.code, delayMs });
}

export async function runFailed(job: StartRunJob, failure: Failure, deps: AfterFailureDeps): Promise<void> {
  deps.error("run failed to start", fieldsOf(job, failure));
  const tenantId = await deps.tenantOf(job.runId);
  if (!tenantId) return;
  await deps.failRun(tenantId, job.runId, failure);
  await deps.finishRun(tenantId, job.runId);
}
