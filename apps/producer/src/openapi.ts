/** The API's description, made from the routes' own schemas: OpenAPI 3.1 at `/openapi.json`, for people at `/docs`. */
import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import {
  BakePlanView,
  ForecastView,
  ModelView,
  Problem,
  ProductAccuracyView,
  ProductEconomics,
  ProductTrainingView,
  ProductView,
  RunView,
  SalesUploadView,
  StartRunRequest,
  TenantAccuracyView,
  TenantEconomics,
  TenantSettings,
  TenantView,
  UploadedColumns,
  WebhookDeliveryView,
  WebhookView,
  WhatIfRequest,
} from "@levain/contracts";
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from "fastify-type-provider-zod";
import { z } from "zod";
import { declareAccess } from "./access.js";
import type { Server } from "./server.js";

/** Schemas that the description names instead of repeating them. */
const NAMED = {
  BakePlanView,
  ForecastView,
  ModelView,
  Problem,
  ProductAccuracyView,
  ProductEconomics,
  ProductTrainingView,
  ProductView,
  RunView,
  SalesUploadView,
  StartRunRequest,
  TenantAccuracyView,
  TenantEconomics,
  TenantSettings,
  TenantView,
  UploadedColumns,
  WebhookDeliveryView,
  WebhookView,
  WhatIfRequest,
};

for (const [id, schema] of Object.entries(NAMED)) z.globalRegistry.add(schema, { ...z.globalRegistry.get(schema), id });

const DESCRIPTION = `Levain trains one demand-forecast model per product, every night and on request.

Present a key as \`Authorization: Bearer lvn_…\` or \`x-api-key\`. A tenant's key reaches that tenant only. Listings are
paged: pass \`nextCursor\` back as \`cursor\`. Errors are problem details (RFC 9457) that name each field with what was
expected and what came. Every answer carries \`x-request-id\`; send your own to find a request in the logs.`;

/** The page is about one document, so the bar for choosing another one goes. */
const DOCS_THEME = { title: "Levain API", css: [{ filename: "levain.css", content: ".swagger-ui .topbar { display: none }" }] };

/** Only what our own pages need; the documentation asks nobody else for anything. */
const DOCS_CSP = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'self'; frame-ancestors 'none'";

const toComponents = createJsonSchemaTransformObject({});

/** A body that may be null may be left out; the plugin calls every body required. */
function withOptionalBodies(description: ReturnType<typeof toComponents>): ReturnType<typeof toComponents> {
  for (const path of Object.values(description.paths ?? {})) {
    const body = path?.post?.requestBody;
    if (!body || "$ref" in body) continue;
    const forms = z.object({ anyOf: z.array(z.looseObject({ type: z.unknown() }).partial()) }).safeParse(body.content["application/json"]?.schema);
    if (forms.success && forms.data.anyOf.some(({ type }) => type === "null")) body.required = false;
  }
  return description;
}

/** To be registered before the routes that it describes. */
export async function describeApi(server: Server): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: "3.1.1",
      info: { title: "Levain", version: "1", description: DESCRIPTION },
      tags: [
        { name: "training runs", description: "Train a tenant's products and watch it happen" },
        { name: "products", description: "What was learnt: forecasts and models" },
        { name: "bake plan", description: "How many to bake of each, in the tenant's money" },
        { name: "accuracy", description: "What the forecasts that were valid at the time were worth" },
        { name: "webhooks", description: "Have it told what happens, instead of asking" },
        { name: "tenants", description: "For operators" },
        { name: "process", description: "How this process is" },
      ],
      components: {
        securitySchemes: {
          bearer: { type: "http", scheme: "bearer", description: "A tenant's or an operator's key" },
          apiKey: { type: "apiKey", in: "header", name: "x-api-key", description: "The same key" },
        },
      },
    },
    transform: createJsonSchemaTransform({}),
    transformObject: (document) => withOptionalBodies(toComponents(document)),
  });
  server.addHook("onRoute", (route) => {
    if (route.schema && route.config?.access !== "public") route.schema.security = [{ bearer: [] }, { apiKey: [] }];
  });
  server.route({
    method: "GET",
    url: "/openapi.json",
    config: { access: "public" },
    schema: { hide: true },
    handler: async (_request, reply) => reply.type("application/json").send(server.swagger()),
  });
  await server.register(async (scope) => {
    declareAccess(scope, { access: "public" });
    await scope.register(swaggerUi, { routePrefix: "/docs", staticCSP: DOCS_CSP, uiConfig: { persistAuthorization: true }, theme: DOCS_THEME });
  });
}
