/**
 * One job: train one product. Claim it in Postgres (the attempt is this worker's fence), run the use case, commit in
 * one statement; whoever ends the last product training ends the run.
 */
import {
  Failure,
  type ProgressEvent,
  type RunId,
  type StageName,
  type TrainingOutcome,
  type TrainProductJob,
} from "@levain/contracts";
import type { Claim } from "@levain/db";
import { trainProduct, type TrainingDeps } from "@levain/training";
import { type Company, isCondemned } from "./company.js";
import type { HeldClaims } from "./held-claims.js";
import type { RunFacts } from "./run-facts.js";

export type TrainDeps = {
  runFacts(runId: RunId): Promise<RunFacts>;
  /** Takes what has lost no worker. */
  claimTogether(tenantId: string, job: TrainProductJob): Promise<Claim | null>;
  /** Whether what could not be taken together can be taken alone. */
  isSuspect(tenantId: string, job: TrainProductJob): Promise<boolean>;
  claimAlone(tenantId: string, job: TrainProductJob): Promise<Claim | null>;
  lostAloneSurvived(): Promise<number>;
  readonly claims: HeldClaims;
  readonly company: Company;
  setAside(facts: RunFacts, claim: Claim, message: string): Promise<{ runEnded: boolean }>;
  commit(facts: RunFacts, claim: Claim, outcome: TrainingOutcome): Promise<{ runEnded: boolean }>;
  /** The use case's functions, bound to one tenant, with this product training's stage wrapper. */
  trainingDeps(facts: RunFacts, stage: TrainingDeps["stage"]): TrainingDeps;
  keepLease(tenantId: string, runId: RunId): { stop(): void };
  finishRun(tenantId: string, runId: RunId): Promise<void>;
  tell(event: ProgressEvent): void;
  observe: TrainObserver;
  now(): Date;
};

export type TrainObserver = {
  stage(name: StageName, seconds: number): void;
  ended(facts: RunFacts, job: TrainProductJob, outcome: TrainingOutcome, durationMs: number): void;
  setAside(facts: RunFacts, job: TrainProductJob, claim: Claim): void;
};

export async function train(job: TrainProductJob, deps: TrainDeps, signal: AbortSignal): Promise<void> {
  const facts = await deps.runFacts(job.runId);
  let leave = await deps.company.together(signal);
  try {
    let claim = await deps.claimTogether(facts.tenant.id, job);
    if (!claim && (await deps.isSuspect(facts.tenant.id, job))) {
      leave();
      leave = () => undefined;
      leave = await deps.company.alone(signal);
      claim = await deps.claimAlone(facts.tenant.id, job);
    }
    if (!claim) return;
    if (await isCondemned(claim, deps.lostAloneSurvived)) return await setAside(job, facts, claim, deps);
    deps.claims.hold(job, claim);
    await trainClaimed(job, facts, claim, deps, signal);
  } finally {
    leave();
  }
}

async function trainClaimed(job: TrainProductJob, facts: RunFacts, claim: Claim, deps: TrainDeps, signal: AbortSignal): Promise<void> {
  const { runId, tenant } = facts;
  if (deps.now() > facts.deadlineAt) throw new Failure("run.deadline-passed", "the run's deadline passed before the product's turn", { deadlineAt: facts.deadlineAt.toISOString() });
  const lease = deps.keepLease(tenant.id, runId);
  const startedAt = performance.now();
  try {
    const stage = stageOf(job, deps);
    const outcome = await trainProduct(claim.product, facts.context, facts.policy, tenant.missingDay, deps.trainingDeps(facts, stage), signal);
    signal.throwIfAborted();
    const { runEnded } = await stage("commit", () => deps.commit(facts, claim, outcome));
    deps.claims.letGo(job);
    const durationMs = performance.now() - startedAt;
    deps.observe.ended(facts, job, outcome, durationMs);
    deps.tell(ended(job, outcome, durationMs, deps.now()));
    if (runEnded) await deps.finishRun(tenant.id, runId);
  } finally {
    lease.stop();
  }
}

/** The product training has brought down every worker that took it: the next one leaves it alone, and goes on with the others. */
async function setAside(job: TrainProductJob, facts: RunFacts, claim: Claim, deps: TrainDeps): Promise<void> {
  const message = `its worker vanished ${claim.lostClaims} times, ${claim.lostAlone} of them with nothing else in hand`;
  const { runEnded } = await deps.setAside(facts, claim, message);
  deps.observe.setAside(facts, job, claim);
  deps.tell({ type: "product.dead", runId: job.runId, at: deps.now().toISOString(), productId: job.productId, message });
  if (runEnded) await deps.finishRun(facts.tenant.id, job.runId);
}

/** Progress, timing and metrics of a named step, so that no step mentions them. */
const stageOf =
  (job: TrainProductJob, deps: TrainDeps): TrainingDeps["stage"] =>
  async (name, run) => {
    deps.tell({ type: "product.stage", runId: job.runId, at: deps.now().toISOString(), productId: job.productId, stage: name });
    const startedAt = performance.now();
    try {
      return await run();
    } finally {
      deps.observe.stage(name, (performance.now() - startedAt) / 1000);
    }
  };

function ended(job: TrainProductJob, outcome: TrainingOutcome, durationMs: number, now: Date): ProgressEvent {
  const about = { runId: job.runId, productId: job.productId, at: now.toISOString() };
  if (outcome.kind === "skipped") return { type: "product.skipped", ...about, reason: outcome.reason };
  if (outcome.kind === "unchanged") return { type: "product.unchanged", ...about, reason: outcome.reason, durationMs };
  return {
    type: "product.trained",
    ...about,
    demandClass: outcome.demandClass,
    family: outcome.family,
    wape: outcome.score.wape,
    wapeNaive: outcome.naiveScore.wape,
    reason: outcome.reason,
    becomesChampion: outcome.becomesChampion,
    decision: outcome.decision,
    heldFor: outcome.heldFor,
    durationMs,
  };
}
