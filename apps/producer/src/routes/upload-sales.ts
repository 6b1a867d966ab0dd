import { Readable } from "node:stream";
import { SALES_UPLOAD_BYTES_MAX, SalesUploadView } from "@levain/contracts";
import { z } from "zod";
import { tenantOf } from "../auth.js";
import type { ProducerDeps } from "../deps.js";
import { validateWithZod } from "../invalid-request.js";
import { HttpProblem, PROBLEMS } from "../problem.js";
import type { Server } from "../server.js";
import { bodyWithin, storeSales } from "../store-sales.js";
import { OfTenant } from "./addresses.js";
import { refuseUnlessStored } from "./upload-columns.js";

/** Milliseconds for the whole body: it is taken in no faster than Postgres stores it. */
const BODY_WITHIN_MS = 10 * 60_000;

const FORMATS = { "text/csv": "csv", "application/x-ndjson": "ndjson" } as const;
const CONTENT_TYPES = Object.keys(FORMATS) as (keyof typeof FORMATS)[];

const DESCRIPTION = `Send \`text/csv\` with the header \`product_id,product_name,date,quantity,sold_out_at\` (any order; \`product_name\` and
\`sold_out_at\` may be left out), or \`application/x-ndjson\` with \`productId\`, \`productName\`, \`date\`, \`quantity\`, \`soldOutAt\` on each line.

A row is a product's total of one day, and product and day are its key: the same upload again changes nothing, a row with another
quantity takes the place of the one before. Rows that cannot be read are told with their line and left out. Rows are stored
as they arrive: of an upload that is broken off the first part stays, and sending all of it again completes it.`;

type UploadDeps = Pick<ProducerDeps, "putSales" | "storedRange">;

export async function uploadSales(server: Server, deps: UploadDeps): Promise<void> {
  // A scope of its own: no other route takes such bodies, and this one takes no other.
  await server.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(CONTENT_TYPES, (_request, body, done) => done(null, body));
    scope.addContentTypeParser("*", (_request, _body, done) => done(new HttpProblem(415, { detail: `expected a body of the content type ${CONTENT_TYPES.join(" or ")}` })));
    // The body is a stream here: its rows are parsed one by one.
    scope.setValidatorCompiler<z.ZodType>((part) => (part.httpPart === "body" ? (data: unknown) => ({ value: data }) : validateWithZod(part)));
    scope.route({
      method: "POST",
      url: "/v1/tenants/:tenantId/sales",
      config: { access: "tenant", bodyWithinMs: BODY_WITHIN_MS },
      bodyLimit: SALES_UPLOAD_BYTES_MAX,
      schema: {
        operationId: "uploadSales",
        tags: ["products"],
        summary: "Store sales, for a tenant whose sales source is `stored`",
        description: DESCRIPTION,
        consumes: CONTENT_TYPES,
        params: OfTenant,
        body: z.string().meta({ description: "Rows, up to 50 MB" }),
        response: { 200: SalesUploadView, ...PROBLEMS },
      },
      handler: async (request) => {
        const tenant = tenantOf(request);
        refuseUnlessStored(tenant, "sales");
        const body: unknown = request.body;
        if (!(body instanceof Readable)) throw new HttpProblem(415, { detail: `expected a body of the content type ${CONTENT_TYPES.join(" or ")}` });
        const format = FORMATS[CONTENT_TYPES.find((type) => request.headers["content-type"]?.toLowerCase().startsWith(type)) ?? "text/csv"];
        return storeSales(bodyWithin(body, SALES_UPLOAD_BYTES_MAX, Number(request.headers["content-length"] ?? 0)), format, tenant, deps);
      },
    });
  });
}
