import { fastify } from "fastify";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { keepRouteTable } from "./access.js";
import { openSampleProducer, OTHER_TENANT, RUNS, TENANT, trainOne, type SampleProducer } from "./sample-producer.js";

let producer: SampleProducer;
beforeAll(async () => {
  producer = await openSampleProducer({ postgresUrl: inject("postgresUrl"), redisUrl: inject("redisUrl") });
});
afterAll(() => producer.close());

type Row = { method: "GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "PATCH"; url: string; access: string | undefined };

/** Every route once per method, with its parameters filled in. */
const routes = (): Row[] =>
  producer.server.routeTable.flatMap(({ method, url, config }) =>
    [method].flat().map((each) => ({
      method: each as Row["method"],
      url: url.replace(":tenantId", TENANT).replace(":runId", crypto.randomUUID()).replace(":productId", "croissant").replaceAll(/:\w+/g, "x").replace("*", "x"),
      access: config?.access,
    })),
  );

describe("access", () => {
  test("is declared by every route, and public are the process, the description and the docs alone", () => {
    const open = routes().filter(({ access }) => access === "public").map(({ url }) => url);
    expect(routes().filter(({ access }) => access === undefined)).toEqual([]);
    expect([...new Set(open)].filter((url) => !url.startsWith("/docs")).sort()).toEqual(["/healthz", "/metrics", "/openapi.json", "/readyz"]);
    expect(routes().filter(({ access }) => access === "tenant").length).toBeGreaterThanOrEqual(9);
  });

  test("a server with a route that declares none does not start, and names it", async () => {
    const server = fastify();
    keepRouteTable(server);
    server.get("/v1/secrets", () => "oops");
    await expect(server.ready()).rejects.toThrow("GET /v1/secrets");
    await server.close();
  });

  test("without a key, no route but the public ones is open", async () => {
    for (const { method, url } of routes().filter(({ access }) => access !== "public")) {
      const { statusCode, headers } = await producer.server.inject({ method, url });
      expect.soft([method, url, statusCode]).toEqual([method, url, 401]);
      expect.soft(headers["www-authenticate"]).toMatch(url.startsWith("/ops/") ? /^Basic/ : /^Bearer/);
    }
  });

  test("with a tenant's key, no operator's route is open", async () => {
    for (const { method, url } of routes().filter(({ access }) => access === "operator")) {
      const { statusCode } = await producer.server.inject({ method, url, headers: producer.tenant });
      expect.soft([method, url, statusCode]).toEqual([method, url, 403]);
    }
  });

  test("with another tenant's key, every route of a tenant answers as if the tenant did not exist", async () => {
    for (const { method, url } of routes().filter(({ access }) => access === "tenant")) {
      const foreign = await producer.server.inject({ method, url, headers: producer.otherTenant });
      const absent = await producer.server.inject({ method, url: url.replace(TENANT, "no-such-bakery"), headers: producer.otherTenant });
      expect.soft([method, url, foreign.statusCode, absent.statusCode]).toEqual([method, url, 404, 404]);
      if (method !== "HEAD") expect.soft(foreign.json()).toEqual({ ...absent.json(), instance: url, requestId: foreign.headers["x-request-id"] });
    }
  });

  test("a run of another tenant is missing, not forbidden", async () => {
    const runId = await trainOne(producer.db, "croissant");
    const foreign = await producer.server.inject({ url: `${RUNS.replace(TENANT, OTHER_TENANT)}/${runId}`, headers: producer.otherTenant });
    const own = await producer.server.inject({ url: `${RUNS}/${runId}`, headers: producer.tenant });
    expect([foreign.statusCode, own.statusCode]).toEqual([404, 200]);
  });

  test("an operator reaches every tenant, and finds a missing one missing", async () => {
    const statuses = await Promise.all(
      [TENANT, OTHER_TENANT, "no-such-bakery", "..%2f", "%00"].map(async (id) => (await producer.server.inject({ url: `/v1/tenants/${id}/products`, headers: producer.operator })).statusCode),
    );
    expect(statuses).toEqual([200, 200, 404, 404, 404]);
  });

  test("a key is taken as x-api-key as well, and a wrong, cut or expired one is refused without saying which", async () => {
    const key = producer.tenant.authorization.replace("Bearer ", "");
    const expired = await producer.db.keys.issue({ role: "tenant", tenantId: TENANT, label: "old", expiresAt: new Date(0) });
    const ask = async (headers: Record<string, string>) => producer.server.inject({ url: RUNS, headers });
    expect((await ask({ "x-api-key": key })).statusCode).toBe(200);
    const refused = await Promise.all([key.slice(0, -1), `${key}x`, expired.secret, "lvn_x", ""].map((each) => ask({ "x-api-key": each })));
    expect(refused.map(({ statusCode }) => statusCode)).toEqual([401, 401, 401, 401, 401]);
    expect(new Set(refused.map((answer) => answer.json().detail)).size).toBe(1);
  });
});
