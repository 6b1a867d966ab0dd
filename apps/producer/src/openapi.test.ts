import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { openSampleProducer, type SampleProducer } from "./sample-producer.js";

type Operation = { operationId: string; summary: string; security?: object[]; requestBody?: { required?: boolean }; responses: Record<string, { content?: object }> };
type Description = { openapi: string; paths: Record<string, Record<string, Operation>>; components: { schemas: Record<string, object>; securitySchemes: object } };

let producer: SampleProducer;
let description: Description;
beforeAll(async () => {
  producer = await openSampleProducer({ postgresUrl: inject("postgresUrl"), redisUrl: inject("redisUrl") });
  description = (await producer.server.inject({ url: "/openapi.json" })).json();
});
afterAll(() => producer.close());

describe("the API's description", () => {
  test("is OpenAPI 3.1 and holds every route of the API, each with a name, a sentence and its problems", () => {
    expect(description.openapi).toBe("3.1.1");
    const described = Object.entries(description.paths).flatMap(([path, operations]) => Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`));
    const served = producer.server.routeTable
      .filter(({ url, method }) => /^\/(v1|healthz|readyz|metrics)/.test(url) && method !== "HEAD")
      .map(({ method, url }) => `${String(method)} ${url.replaceAll(/:(\w+)/g, "{$1}")}`);
    expect(described.sort()).toEqual(served.sort());
    const operations = Object.values(description.paths).flatMap((each) => Object.values(each));
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    for (const [path, each] of Object.entries(description.paths)) {
      for (const { summary, responses, security } of Object.values(each)) {
        expect.soft(summary.length).toBeGreaterThan(10);
        if (!path.startsWith("/v1")) continue;
        expect.soft(Object.keys(responses["4XX"]?.content ?? {})).toEqual(["application/problem+json"]);
        expect.soft(security).toEqual([{ bearer: [] }, { apiKey: [] }]);
      }
    }
  });

  test("is the one that the typed client is generated from", async () => {
    const checkedIn: unknown = JSON.parse(await readFile(new URL("../../../packages/client/openapi.json", import.meta.url), "utf8"));
    expect(description, "packages/client/openapi.json is not what the producer serves; `npm run openapi` writes it anew").toEqual(checkedIn);
  });

  test("names its schemas once, and every reference leads somewhere", () => {
    expect(Object.keys(description.components.schemas)).toEqual(expect.arrayContaining(["RunView", "ForecastView", "Problem", "TenantSettingsInput", "StartRunRequestInput"]));
    const references = [...JSON.stringify(description).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name ?? "");
    expect(references.length).toBeGreaterThan(10);
    expect(references.filter((name) => !(name in description.components.schemas))).toEqual([]);
    expect(JSON.stringify(description)).not.toContain("PLACEHOLDER");
  });

  test("tells that a run may be asked for without a body, and what its events look like", () => {
    const runs = description.paths["/v1/tenants/{tenantId}/training-runs"];
    expect(runs?.["post"]?.requestBody?.required ?? false).toBe(false);
    const events = description.paths["/v1/tenants/{tenantId}/training-runs/{runId}/events"]?.["get"];
    expect(Object.keys(events?.responses["200"]?.content ?? {})).toEqual(["text/event-stream"]);
  });

  test("has a page for people that needs nobody else's servers", async () => {
    const page = await producer.server.inject({ url: "/docs" });
    expect([page.statusCode, page.headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
    expect(page.headers["content-security-policy"]).toMatch(/^default-src 'self'/);
    for (const [, address = ""] of page.body.matchAll(/(?:src|href)="([^"]+)"/g)) {
      expect.soft((await producer.server.inject({ url: new URL(address, "http://levain/docs").pathname })).statusCode, address).toBe(200);
    }
  });
});
