import { RunView, StartRunRequest } from "@levain/contracts";
import { acceptRun, type AcceptRunSettings, type LimitedAcceptDeps, withinRunStarts } from "../accept-run.js";
import { tenantOf } from "../auth.js";
import { PROBLEMS } from "../problem.js";
import type { Server } from "../server.js";
import { IdempotencyKey, OfTenant, runPath } from "./addresses.js";

/** Thousands of product ids fit. */
const BODY_MAX_BYTES = 256 * 1024;

export function startRun(server: Server, deps: LimitedAcceptDeps, { runDeadlineHours, workLimits }: AcceptRunSettings): void {
  const acceptDeps = { ...deps, runDeadlineHours, workLimits, acceptRun: withinRunStarts(deps) };
  server.route({
    method: "POST",
    url: "/v1/tenants/:tenantId/training-runs",
    config: { access: "tenant" },
    bodyLimit: BODY_MAX_BYTES,
    schema: {
      operationId: "startRun",
      tags: ["training runs"],
      summary: "Train the tenant's products",
      description: "One run per tenant is open at a time: while there is one, the answer is 409 and names it as `openRunId`.",
      params: OfTenant,
      headers: IdempotencyKey,
      // Without a body: everything, up to yesterday.
      body: StartRunRequest.nullish(),
      response: { 202: RunView, ...PROBLEMS },
    },
    handler: async (request, reply) => {
      const about = { idempotencyKey: request.headers["idempotency-key"], requestId: request.id };
      const run = await acceptRun(tenantOf(request), request.body ?? {}, about, acceptDeps);
      return reply.code(202).header("location", runPath(run)).send(run);
    },
  });
}
