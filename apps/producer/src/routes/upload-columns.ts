import { ProductId, STORED, StoredColumnsView, StoredSource, TenantId, UploadedColumns, type SourceAddresses, type Tenant } from "@levain/contracts";
import { z } from "zod";
import { tenantOf } from "../auth.js";
import type { ProducerDeps } from "../deps.js";
import { HttpProblem, PROBLEMS } from "../problem.js";
import type { Server } from "../server.js";

/** A century of days in ten columns. */
const BODY_MAX_BYTES = 4 * 1024 * 1024;

const OfSource = z.object({ tenantId: TenantId, source: StoredSource });
const OfWhom = z.strictObject({ productId: ProductId.optional().meta({ description: "Events of this product alone; of the whole shop when absent" }) });

export function uploadColumns(server: Server, deps: Pick<ProducerDeps, "putColumns">): void {
  server.route({
    method: "PUT",
    url: "/v1/tenants/:tenantId/columns/:source",
    config: { access: "tenant" },
    bodyLimit: BODY_MAX_BYTES,
    schema: {
      operationId: "uploadColumns",
      tags: ["products"],
      summary: "Store weather, traffic or events, for a tenant whose source of that name is `stored`",
      description: "Daily columns, replacing those uploaded before. Events are known ahead; a shop-wide event column `open` says on which days after the last sale the shop opens.",
      params: OfSource,
      querystring: OfWhom,
      body: UploadedColumns,
      response: { 200: StoredColumnsView, ...PROBLEMS },
    },
    handler: async (request) => {
      const { tenantId, source } = request.params;
      const { productId = null } = request.query;
      if (productId !== null && source !== "events") throw new HttpProblem(400, { detail: `expected no productId with ${source}, which all products share` });
      refuseUnlessStored(tenantOf(request), source);
      await deps.putColumns(tenantId, source, productId, request.body.columns);
      return { columns: request.body.columns.length };
    },
  });
}

/** What nobody would read is not taken. @throws HttpProblem 409 */
export function refuseUnlessStored(tenant: Tenant, source: keyof SourceAddresses): void {
  if (tenant.sources[source] === STORED) return;
  throw new HttpProblem(409, {
    type: "urn:levain:problem:source-not-stored",
    title: "The source is not stored",
    detail: `expected a tenant whose sources.${source} is "${STORED}"; its ${source} come from elsewhere, and an operator can change that`,
  });
}
