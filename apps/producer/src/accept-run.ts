/**
 * Accepting a training run. Postgres first: once the run is written it will be trained, even if the queue cannot be
 * reached, because the workers' repair loop puts on the queue what is missing there.
 */
import { createHash } from "node:crypto";
import { addDays, businessDayOf } from "@levain/calendar";
import type { RunView, StartRunRequest, Tenant } from "@levain/contracts";
import type { ProducerDeps } from "./deps.js";
import { HttpProblem } from "./problem.js";
import type { RateLimits } from "./rate-limits.js";
import { refuseWhenBusy, type WorkLimits } from "./work-limits.js";

export type AcceptRunSettings = { readonly runDeadlineHours: number; readonly workLimits: WorkLimits };

export type AcceptRunDeps = Pick<ProducerDeps, "acceptRun" | "workload" | "enqueueStartRun" | "markEnqueued" | "publish" | "now" | "log"> & AcceptRunSettings;

/** The same before a route adds its settings, with the limits on how often runs are started. */
export type LimitedAcceptDeps = Omit<AcceptRunDeps, keyof AcceptRunSettings> & { readonly limits: Pick<RateLimits, "expectRunStart" | "countRunStart"> };

/** Accepting that counts: a run that is refused costs nothing. */
export const withinRunStarts =
  ({ acceptRun: accept, limits }: LimitedAcceptDeps): AcceptRunDeps["acceptRun"] =>
  async (tenantId, asked) => {
    await limits.expectRunStart(tenantId);
    const answer = await accept(tenantId, asked);
    if (answer.kind === "accepted") await limits.countRunStart(tenantId);
    return answer;
  };

const HOUR_MS = 3_600_000;

/** @throws HttpProblem 409 while another run of the tenant is open, 422 when the idempotency key stands for another request, 429 or 503 while there is too much to do */
export async function acceptRun(
  tenant: Tenant,
  asked: StartRunRequest,
  { idempotencyKey, requestId, trigger = "request" }: { readonly idempotencyKey: string | undefined; readonly requestId: string; readonly trigger?: "request" | "redrive" },
  deps: AcceptRunDeps,
): Promise<RunView> {
  const now = deps.now();
  refuseWhenBusy(await deps.workload(tenant.id), deps.workLimits);
  const answer = await deps.acceptRun(tenant.id, {
    productIds: asked.productIds ?? null,
    cutoff: cutoffOf(asked, tenant, now),
    trigger,
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    requestDigest: digestOf(asked, trigger),
    requestId,
    deadlineAt: new Date(now.getTime() + deps.runDeadlineHours * HOUR_MS),
  });
  switch (answer.kind) {
    case "accepted":
      await putOnQueue(answer.run, requestId, deps);
      return answer.run;
    case "repeated":
      return asAccepted(answer.run);
    case "open":
      throw new HttpProblem(409, {
        type: "urn:levain:problem:run-open",
        title: "A run is open",
        detail: "expected no open training run of this tenant; wait for the open one, follow it or cancel it",
        openRunId: answer.openRunId,
      });
    case "key-reused":
      throw new HttpProblem(422, {
        type: "urn:levain:problem:idempotency-key-reused",
        title: "Idempotency key reused",
        detail: "expected the same body as in the first request with this Idempotency-Key",
      });
    default:
      return answer satisfies never;
  }
}

/** Yesterday in the tenant's zone is the last day that is surely over. */
function cutoffOf(asked: StartRunRequest, tenant: Tenant, now: Date): string {
  const today = businessDayOf(now, tenant.timeZone);
  if (asked.cutoff === undefined) return addDays(today, -1);
  if (asked.cutoff <= today) return asked.cutoff;
  const errors = [{ path: "body.cutoff", expected: `a day up to ${today}, today in ${tenant.timeZone}`, received: JSON.stringify(asked.cutoff) }];
  throw new HttpProblem(400, { type: "urn:levain:problem:invalid-request", title: "Invalid request", detail: "a model cannot see the future", errors });
}

/** Of what was asked, not of what it came to: the same request after midnight is still the same request. */
const digestOf = ({ productIds, cutoff }: StartRunRequest, trigger: "request" | "redrive"): string =>
  createHash("sha256")
    .update(JSON.stringify({ productIds: productIds && [...new Set(productIds)].sort(), cutoff, ...(trigger === "redrive" && { trigger }) }))
    .digest("hex");

/** What fails here is told to the log alone: the run is accepted. The news goes first, so that it comes before that of the start. */
async function putOnQueue(run: RunView, requestId: string, deps: AcceptRunDeps): Promise<void> {
  const about = { runId: run.id, tenantId: run.tenantId, requestId };
  const [told, queued] = await Promise.allSettled([
    deps.publish({ type: "run.accepted", runId: run.id, at: run.acceptedAt }),
    deps.enqueueStartRun({ version: 1, runId: run.id, generation: 1, requestId }).then(() => deps.markEnqueued(run.id)),
  ]);
  if (queued.status === "rejected") deps.log.warn("run accepted but not put on the queue", { ...about, error: queued.reason });
  if (told.status === "rejected") deps.log.warn("run accepted but not told", { ...about, error: told.reason });
}

/** The run as the first answer showed it, whatever became of it since. */
const asAccepted = (run: RunView): RunView => ({
  ...run,
  status: "accepted",
  startedAt: null,
  finishedAt: null,
  totals: { products: 0, trained: 0, unchanged: 0, skipped: 0, failed: 0, dead: 0, cancelled: 0 },
  absentSources: [],
  findings: [],
  failure: null,
});
