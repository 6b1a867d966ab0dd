/** What the routes' addresses name, and the pages of what they list. */
import { ModelId, ProductId, RunId, TenantId, type RunView } from "@levain/contracts";
import { z } from "zod";
import type { Page } from "@levain/db";
import type { ProducerDeps } from "../deps.js";
import { missing } from "../problem.js";

export const OfTenant = z.object({ tenantId: TenantId });
export const OfRun = z.object({ tenantId: TenantId, runId: RunId });
export const OfProduct = z.object({ tenantId: TenantId, productId: ProductId });
export const OfModel = z.object({ tenantId: TenantId, productId: ProductId, modelId: ModelId });

export const IdempotencyKey = z.object({
  "idempotency-key": z
    .string()
    .regex(/^[\x21-\x7e]{1,128}$/, "expected 1 to 128 visible ASCII characters")
    .optional()
    .meta({ description: "A request repeated with the same key starts nothing new and gets the first answer" }),
});

export const runPath = ({ tenantId, id }: Pick<RunView, "tenantId" | "id">): string => `/v1/tenants/${tenantId}/training-runs/${id}`;

/** The run that an address names. @throws HttpProblem 404 */
export async function runAt({ tenantId, runId }: z.infer<typeof OfRun>, deps: Pick<ProducerDeps, "findRun">): Promise<RunView> {
  const run = await deps.findRun(tenantId, runId);
  if (!run) throw missing("training run");
  return run;
}

/** A page as its schema has it. */
export const asBody = <T>({ items, nextCursor }: Page<T>): { items: T[]; nextCursor: string | null } => ({ items: [...items], nextCursor });
