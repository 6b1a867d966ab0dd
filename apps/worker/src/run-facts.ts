/**
 * What every product training of a run needs and no product training changes: tenant, policy, context. A worker reads
 * it once per run; a fleet of workers reads it once each.
 */
import { Failure, resolvePolicy, type RunContext, type RunId, type RunTrigger, type Tenant, type TrainingPolicy } from "@levain/contracts";

export type RunFacts = {
  readonly runId: RunId;
  readonly trigger: RunTrigger;
  readonly tenant: Tenant;
  readonly policy: TrainingPolicy;
  readonly context: RunContext;
  readonly deadlineAt: Date;
};

export type RunFactsSource = {
  findRun(runId: RunId): Promise<{ tenantId: string; trigger: RunTrigger; deadlineAt: Date } | null>;
  findTenant(tenantId: string): Promise<Tenant | null>;
  runContext(tenantId: string, runId: RunId): Promise<RunContext>;
};

/** Runs a worker remembers: more than it ever works on side by side. A context of five years is under a megabyte. */
const RUNS_REMEMBERED = 64;

export function rememberRunFacts(source: RunFactsSource): (runId: RunId) => Promise<RunFacts> {
  const remembered = new Map<RunId, Promise<RunFacts>>();
  return (runId) => {
    const known = remembered.get(runId);
    if (known) return known;
    const reading = read(source, runId);
    remembered.set(runId, reading);
    reading.catch(() => remembered.delete(runId));
    const oldest = remembered.keys().next();
    if (remembered.size > RUNS_REMEMBERED && !oldest.done) remembered.delete(oldest.value);
    return reading;
  };
}

async function read(source: RunFactsSource, runId: RunId): Promise<RunFacts> {
  const run = await source.findRun(runId);
  if (!run) throw new Failure("job.malformed", "expected a run that exists", { runId });
  const tenant = await source.findTenant(run.tenantId);
  if (!tenant) throw new Failure("job.malformed", "expected a tenant that exists", { tenantId: run.tenantId });
  const context = await source.runContext(run.tenantId, runId);
  return { runId, trigger: run.trigger, tenant, policy: resolvePolicy(tenant.policy), context, deadlineAt: run.deadlineAt };
}
