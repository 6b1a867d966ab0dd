import { ProductId, RunId, RunView, TenantId, type ProductTrainingStatus } from "@levain/contracts";
import { z } from "zod";
import { acceptRun, type AcceptRunSettings, type LimitedAcceptDeps, withinRunStarts } from "../accept-run.js";
import { tenantOf } from "../auth.js";
import type { ProducerDeps } from "../deps.js";
import { HttpProblem, missing, PROBLEMS } from "../problem.js";
import type { Server } from "../server.js";
import { IdempotencyKey, runAt, runPath } from "./addresses.js";

const OfProductTraining = z.object({ tenantId: TenantId, runId: RunId, productId: ProductId });

/** The ends that a person may want otherwise. */
const REDRIVABLE: readonly ProductTrainingStatus[] = ["failed", "dead", "cancelled"];

type RedriveDeps = LimitedAcceptDeps & Pick<ProducerDeps, "findRun" | "findProductTraining">;

export function redriveProduct(server: Server, deps: RedriveDeps, settings: AcceptRunSettings): void {
  const { runDeadlineHours, workLimits } = settings;
  const acceptDeps = { ...deps, runDeadlineHours, workLimits, acceptRun: withinRunStarts(deps) };
  server.route({
    method: "POST",
    url: "/v1/tenants/:tenantId/training-runs/:runId/products/:productId/redrive",
    config: { access: "tenant" },
    schema: {
      operationId: "redriveProduct",
      tags: ["training runs"],
      summary: "Train a product once more that failed, was set aside or was cancelled",
      description: "Starts a new run of this one product, with the same cutoff. While a run of the tenant is open the answer is 409 and names it as `openRunId`.",
      params: OfProductTraining,
      headers: IdempotencyKey,
      response: { 202: RunView, ...PROBLEMS },
    },
    handler: async (request, reply) => {
      const { tenantId, runId, productId } = request.params;
      const { cutoff } = await runAt(request.params, deps);
      const training = await deps.findProductTraining(tenantId, runId, productId);
      if (!training) throw missing("product of this training run");
      if (!REDRIVABLE.includes(training.status)) {
        throw new HttpProblem(409, {
          type: "urn:levain:problem:nothing-to-redrive",
          title: "Nothing to redrive",
          detail: `expected a product training that is ${REDRIVABLE.join(" or ")}, got one that is ${training.status}`,
        });
      }
      const about = { idempotencyKey: request.headers["idempotency-key"], requestId: request.id, trigger: "redrive" as const };
      const run = await acceptRun(tenantOf(request), { productIds: [productId], cutoff }, about, acceptDeps);
      return reply.code(202).header("location", runPath(run)).send(run);
    },
  });
}
