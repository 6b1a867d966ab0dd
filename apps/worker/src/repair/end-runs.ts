/**
 * Runs that nobody else ends: one whose deadline has passed, which bounds every deferral, and one in which nothing is
 * open any more, which should be impossible and is counted where it happens.
 */
import type { FailureCode, RunId } from "@levain/contracts";
import type { CountRepairs } from "./count-repairs.js";

type RunName = { readonly tenantId: string; readonly runId: RunId };

export type EndRunsDeps = {
  overdueRuns(): Promise<readonly (RunName & { readonly status: "accepted" | "running" })[]>;
  hollowRuns(): Promise<readonly RunName[]>;
  /** Ends a run that never started. */
  failRun(run: RunName, failure: RunEnd): Promise<boolean>;
  /** Finishes a running run; what is open in it fails for this reason. Without one, only if nothing is. */
  settleRun(run: RunName, failure: RunEnd | null): Promise<boolean>;
  finishRun(tenantId: string, runId: RunId): Promise<void>;
  repaired: CountRepairs;
  warn(sentence: string, fields: Record<string, unknown>): void;
};

export type RunEnd = { readonly code: FailureCode; readonly message: string };

const NOT_STARTED: RunEnd = { code: "run.deadline-passed", message: "the run could not start before its deadline" };
const NOT_ENDED: RunEnd = { code: "run.deadline-passed", message: "the run's deadline passed before the product was trained" };

export async function endOverdueRuns(deps: EndRunsDeps): Promise<void> {
  for (const { status, ...run } of await deps.overdueRuns()) {
    const hasEnded = status === "accepted" ? await deps.failRun(run, NOT_STARTED) : await deps.settleRun(run, NOT_ENDED);
    if (!hasEnded) continue;
    deps.repaired("overdue-run", 1);
    deps.warn("run ended at its deadline", { ...run });
    await deps.finishRun(run.tenantId, run.runId);
  }
}

export async function endHollowRuns(deps: EndRunsDeps): Promise<void> {
  for (const run of await deps.hollowRuns()) {
    if (!(await deps.settleRun(run, null))) continue;
    deps.repaired("hollow-run", 1);
    deps.warn("run ended in which nothing was open any more", { ...run });
    await deps.finishRun(run.tenantId, run.runId);
  }
}
