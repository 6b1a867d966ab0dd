import { RunView, StartRunRequest } from "@levain/contracts";
import { z } from "zod";
import { acceptRun } from "../accept-run.js";
import { tenantOf } from "../auth.js";
import type { ProducerDeps, ProducerSettings } from "../deps.js";
import { PROBLEMS } from "../problem.js";
import type { Server } from "../server.js";
import { OfTenant, runPath } from "./addresses.js";

/** Thousands of product ids fit. */
const BODY_MAX_BYTES = 256 * 1024;

const Headers = z.object({
  "idempotency-key": z
    .string()
    .regex(/^[\x21-\x7e]{1,128}$/, "expected 1 to 128 visible ASCII characters")
    .optional()
    .meta({ description: "A request repeated with the same key starts nothing new and gets the first answer" }),
});

export function startRun(server: Server, deps: ProducerDeps, { runDeadlineHours }: Pick<ProducerSettings, "runDeadlineHours">): void {
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
      headers: Headers,
      // Without a body: everything, up to yesterday.
      body: StartRunRequest.nullish(),
      response: { 202: RunView, ...PROBLEMS },
    },
    handler: async (request, reply) => {
      const about = { idempotencyKey: request.headers["idempotency-key"], requestId: request.id };
      const run = await acceptRun(tenantOf(request), request.body ?? {}, about, { ...deps, runDeadlineHours });
      return reply.code(202).header("location", runPath(run)).send(run);
    },
  });
}
