/**
 * The first job of a run: take the tenant's lease, fetch once what all products share, write one product training per
 * product and deal them to the queue. Running it twice does no harm: the lease is the run's own, and Postgres writes
 * each product training once.
 */
import {
  Failure,
  resolvePolicy,
  type Finding,
  type Product,
  type ProductId,
  type ProgressEvent,
  type RunContext,
  type RunId,
  type StartRunJob,
  type Tenant,
  type TrainingPolicy,
} from "@levain/contracts";
import type { Run } from "@levain/db";
import { checkTenant } from "@levain/training";

/** One product training for the queue. */
export type Deal = { readonly productId: ProductId; readonly rank: number; readonly generation: number };

export type StartRunDeps = {
  findRun(runId: RunId): Promise<Run | null>;
  findTenant(tenantId: string): Promise<Tenant | null>;
  takeLease(tenantId: string, runId: RunId): Promise<{ heldBy: RunId } | "taken" | "already-ours">;
  releaseLease(tenantId: string, runId: RunId): Promise<unknown>;
  listProducts(tenant: Tenant, signal: AbortSignal): Promise<readonly Product[]>;
  loadContext(tenant: Tenant, policy: TrainingPolicy, cutoff: string, signal: AbortSignal): Promise<RunContext>;
  writeStart(run: Run, context: RunContext, products: readonly Product[], findings: readonly Finding[]): Promise<{ products: readonly Deal[] }>;
  deal(runId: RunId, products: readonly Deal[], requestId?: string): Promise<void>;
  finishRun(tenantId: string, runId: RunId): Promise<void>;
  readonly productsMax: number;
  tell(event: ProgressEvent): void;
  now(): Date;
};

export async function startRun(job: StartRunJob, deps: StartRunDeps, signal: AbortSignal): Promise<void> {
  const run = await deps.findRun(job.runId);
  if (!run || (run.status !== "accepted" && run.status !== "running")) return;
  // Put back since: the job of the newest generation is on its way.
  if (job.generation < run.generation) return;
  if (deps.now() > run.deadlineAt) throw new Failure("run.deadline-passed", "the run could not start before its deadline", { deadlineAt: run.deadlineAt.toISOString() });

  await takeLease(run, deps);

  const tenant = await deps.findTenant(run.tenantId);
  if (!tenant) throw new Failure("job.malformed", "expected a tenant that exists", { tenantId: run.tenantId });
  const policy = resolvePolicy(tenant.policy);

  const listed = await deps.listProducts(tenant, signal);
  const products = chosen(listed, run.requestedProductIds);
  if (products.length > deps.productsMax) {
    throw new Failure("run.too-large", `expected at most ${deps.productsMax} products in a run, got ${products.length}`, { products: products.length, productsMax: deps.productsMax });
  }
  const context = await deps.loadContext(tenant, policy, run.cutoff, signal);
  const started = await deps.writeStart(run, context, products, checkTenant(listed, context, policy));

  deps.tell({ type: "run.started", runId: run.id, at: deps.now().toISOString(), products: products.length });
  if (products.length === 0) return deps.finishRun(run.tenantId, run.id);
  await deps.deal(run.id, started.products, job.requestId);
}

/**
 * Postgres has one open run per tenant, so a lease that another run holds is a leftover as soon as that run has ended: its
 * worker died before it could release it. @throws Failure lease.held while it has not
 */
async function takeLease(run: Run, deps: StartRunDeps): Promise<void> {
  const taken = await deps.takeLease(run.tenantId, run.id);
  if (typeof taken !== "object") return;
  const holder = await deps.findRun(taken.heldBy);
  const isLeftover = !holder || (holder.status !== "accepted" && holder.status !== "running");
  if (isLeftover) await deps.releaseLease(run.tenantId, taken.heldBy);
  const again = isLeftover ? await deps.takeLease(run.tenantId, run.id) : taken;
  if (typeof again === "object") throw new Failure("lease.held", "another run still holds the tenant's lease", { heldBy: again.heldBy });
}

/** The products asked for. One that the till does not list is kept: its training fails and says so. */
function chosen(listed: readonly Product[], requested: readonly ProductId[] | null): readonly Product[] {
  if (requested === null) return listed;
  const byId = new Map(listed.map((product) => [product.id, product]));
  return requested.map((id) => byId.get(id) ?? { id, name: id, isDiscontinued: false, hasOwnEvents: false });
}
