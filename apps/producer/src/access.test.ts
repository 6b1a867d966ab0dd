import { fastify } from "fastify";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { type Access, isReading, keepRouteTable } from "./access.js";
import { openSampleProducer, OTHER_TENANT, RUNS, TENANT, trainOne, type SampleProducer } from "./sample-producer.js";

let producer: SampleProducer;
let credentials: Record<Credential, Record<string, string>>;
beforeAll(async () => {
  producer = await openSampleProducer({ postgresUrl: inject("postgresUrl"), redisUrl: inject("redisUrl") });
  const { keys } = producer.db;
  const revoked = await keys.issue({ role: "tenant", tenantId: TENANT, label: "revoked" });
  await keys.revoke(revoked.keyId);
  const expired = await keys.issue({ role: "operator", label: "expired", expiresAt: new Date(0) });
  credentials = {
    "no key": {},
    "a wrong key": { authorization: `${producer.operator.authorization.slice(0, -3)}AAA` },
    "a revoked key": { authorization: `Bearer ${revoked.secret}` },
    "an expired key": { "x-api-key": expired.secret },
    "another tenant's key": producer.otherTenant,
    "the tenant's key": producer.tenant,
    "a viewer's key": producer.viewer,
    "an operator's key": producer.operator,
  };
});
afterAll(() => producer.close());

type Credential = "no key" | "a wrong key" | "a revoked key" | "an expired key" | "another tenant's key" | "the tenant's key" | "a viewer's key" | "an operator's key";

const NOBODY = { "no key": 401, "a wrong key": 401, "a revoked key": 401, "an expired key": 401 } as const;
const READS_ONLY = "reads, else 403";

/** What comes of each credential on each kind of route. A kind of access without a row here does not compile. */
const RULES: Readonly<Record<Access, Readonly<Record<Credential, 401 | 403 | 404 | "passes" | typeof READS_ONLY>>>> = {
  public: {
    "no key": "passes",
    "a wrong key": "passes",
    "a revoked key": "passes",
    "an expired key": "passes",
    "another tenant's key": "passes",
    "the tenant's key": "passes",
    "a viewer's key": "passes",
    "an operator's key": "passes",
  },
  tenant: { ...NOBODY, "another tenant's key": 404, "the tenant's key": "passes", "a viewer's key": READS_ONLY, "an operator's key": "passes" },
  operator: { ...NOBODY, "another tenant's key": 403, "the tenant's key": 403, "a viewer's key": READS_ONLY, "an operator's key": "passes" },
};

type Row = { method: "GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "PATCH"; pattern: string; url: string; access: Access | undefined };

/** Every route once per method, with its parameters filled in by what does not exist but the tenant. */
const routes = (): Row[] =>
  producer.server.routeTable.flatMap(({ method, url, config }) =>
    [method].flat().map((each) => ({
      method: each as Row["method"],
      pattern: url,
      url: url.replace(":tenantId", TENANT).replace(":runId", crypto.randomUUID()).replace(":productId", "no-such-bread").replace(":modelId", crypto.randomUUID()).replace(":keyId", "0123456789abcdef").replace(":webhookId", crypto.randomUUID()).replace(":deliveryId", crypto.randomUUID()).replaceAll(/:\w+/g, "x").replace("*", "x"),
      access: config?.access,
    })),
  );

const NO_TENANT = "expected the id of an existing tenant";

describe("access", () => {
  test("is declared by every route, and public are the process, the description, the docs and the door alone", () => {
    const open = routes().filter(({ access }) => access === "public").map(({ url }) => url);
    expect(routes().filter(({ access }) => access === undefined)).toEqual([]);
    expect([...new Set(open)].filter((url) => !url.startsWith("/docs")).sort()).toEqual(["/healthz", "/metrics", "/openapi.json", "/ops/login", "/ops/logout", "/readyz"]);
    expect(routes().filter(({ access }) => access === "tenant").length).toBeGreaterThanOrEqual(9);
  });

  test("a server with a route that declares none does not start, and names it", async () => {
    const server = fastify();
    keepRouteTable(server);
    server.get("/v1/secrets", () => "oops");
    await expect(server.ready()).rejects.toThrow("GET /v1/secrets");
    await server.close();
  });

  test("of every route, by every method, with every credential, is what its rule says", async () => {
    let cells = 0;
    for (const { method, url, access } of routes()) {
      // The door reads the key from its form and answers 401 by itself.
      if (url === "/ops/login") continue;
      for (const [credential, headers] of Object.entries(credentials)) {
        const answer = await producer.server.inject({ method, url, headers });
        const rule = RULES[access ?? "operator"][credential as Credential];
        const expected = rule === READS_ONLY ? (isReading(method) ? "passes" : 403) : rule;
        const isRefusedBefore = [401, 403, 429].includes(answer.statusCode) || (answer.statusCode === 404 && answer.body.includes(NO_TENANT));
        const came = expected === "passes" && !isRefusedBefore && answer.statusCode < 500 ? "passes" : answer.statusCode;
        expect.soft(`${method} ${url} with ${credential}: ${came}`).toBe(`${method} ${url} with ${credential}: ${expected}`);
        cells += 1;
      }
    }
    expect(cells).toBeGreaterThan(300);
  });

  test("refused says nothing of why beyond the key's absence, and asks for a key", async () => {
    const answers = await Promise.all((["no key", "a wrong key", "a revoked key", "an expired key"] as const).map((name) => producer.server.inject({ url: RUNS, headers: credentials[name] })));
    expect(answers.map(({ headers }) => headers["www-authenticate"])).toEqual(Array.from({ length: 4 }, () => 'Bearer realm="Levain"'));
    expect(new Set(answers.slice(1).map((answer) => answer.json().detail)).size).toBe(1);
  });

  test("with another tenant's key, every route of a tenant answers as if the tenant did not exist", async () => {
    for (const { method, url } of routes().filter(({ access }) => access === "tenant")) {
      const foreign = await producer.server.inject({ method, url, headers: producer.otherTenant });
      const absent = await producer.server.inject({ method, url: url.replace(TENANT, "no-such-bakery"), headers: producer.otherTenant });
      expect.soft([method, url, foreign.statusCode, absent.statusCode]).toEqual([method, url, 404, 404]);
      if (method !== "HEAD") expect.soft(foreign.json()).toEqual({ ...absent.json(), instance: url, requestId: foreign.headers["x-request-id"] });
    }
  });

  test("another tenant's ids look, in every place where an id may stand, like ids that nobody has", async () => {
    for (const { id, tenantId } of await producer.db.runs.openRuns()) await producer.db.forTenant(tenantId).cancelRun(id);
    const modelOf = async (tenantId: string, productId: string) => (await producer.db.forTenant(tenantId).models(productId, { limit: 1 })).items[0]?.id ?? "";
    const own = { runId: await trainOne(producer.db, "own-bread"), productId: "own-bread", modelId: await modelOf(TENANT, "own-bread") };
    const theirs = { runId: await trainOne(producer.db, "their-bread", OTHER_TENANT), productId: "their-bread", modelId: await modelOf(OTHER_TENANT, "their-bread") };
    const nobodys = { runId: crypto.randomUUID(), productId: "nobodys-bread", modelId: crypto.randomUUID() };
    type Ids = typeof own;
    const ask = async ({ method, pattern }: Row, { runId, productId, modelId }: Ids) => {
      const url = pattern.replace(":tenantId", TENANT).replace(":runId", runId).replace(":productId", productId).replace(":modelId", modelId);
      const answer = await producer.server.inject({ method, url, headers: producer.tenant });
      const { instance: _path, requestId: _id, ...body } = method === "HEAD" || answer.statusCode < 400 ? {} : answer.json();
      return { status: answer.statusCode, body, contentType: answer.headers["content-type"] };
    };
    const named = routes().filter(({ access, pattern }) => access === "tenant" && /:(runId|productId|modelId)/.test(pattern));
    expect(named.length).toBeGreaterThanOrEqual(8);
    for (const route of named) {
      const foreign = await ask(route, theirs);
      expect.soft(foreign.status, `${route.method} ${route.pattern}`).toBeGreaterThanOrEqual(400);
      expect.soft(foreign, `${route.method} ${route.pattern}`).toEqual(await ask(route, nobodys));
    }
    expect((await ask({ method: "GET", pattern: `${RUNS}/:runId`, url: "", access: "tenant" }, own)).status).toBe(200);
  });

  test("an operator reaches every tenant, and finds a missing one missing", async () => {
    const statuses = await Promise.all(
      [TENANT, OTHER_TENANT, "no-such-bakery", "..%2f", "%00"].map(async (id) => (await producer.server.inject({ url: `/v1/tenants/${id}/products`, headers: producer.operator })).statusCode),
    );
    expect(statuses).toEqual([200, 200, 404, 404, 404]);
  });

  test("a tenant's key says nothing about where its data comes from: sources are set by operators alone", async () => {
    const settings = { name: "Mine", timeZone: "UTC", country: "DE", sources: { sales: "http://169.254.169.254/" } };
    const put = (headers: Record<string, string>) => producer.server.inject({ method: "PUT", url: `/v1/tenants/${TENANT}`, headers, payload: settings });
    for (const headers of [producer.tenant, producer.otherTenant, producer.viewer]) expect((await put(headers)).statusCode).toBe(403);
    expect((await producer.db.tenants.find(TENANT))?.sources.sales).not.toBe(settings.sources.sales);
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

describe("a tenant's key", () => {
  const keysOf = `/v1/tenants/${TENANT}/keys`;

  test("is issued, listed without its secret, used beside its successor, and revoked with the next request", async () => {
    const issue = async (label: string) => (await producer.server.inject({ method: "POST", url: keysOf, headers: producer.operator, payload: { label } })).json();
    const [old, next] = [await issue("2025"), await issue("2026")];
    const ask = async ({ secret }: { secret: string }) => (await producer.server.inject({ url: RUNS, headers: { "x-api-key": secret } })).statusCode;
    expect([await ask(old), await ask(next)]).toEqual([200, 200]);
    const revoke = async (url: string) => (await producer.server.inject({ method: "DELETE", url, headers: producer.operator })).statusCode;
    expect(await revoke(`/v1/tenants/${OTHER_TENANT}/keys/${old.keyId}`)).toBe(404);
    expect(await revoke(`${keysOf}/${old.keyId}`)).toBe(204);
    expect(await revoke(`${keysOf}/${old.keyId}`)).toBe(404);
    expect([await ask(old), await ask(next)]).toEqual([401, 200]);
    const listed = await producer.server.inject({ url: keysOf, headers: producer.viewer });
    expect(listed.json().items).toEqual(
      expect.arrayContaining([expect.objectContaining({ keyId: old.keyId, label: "2025", revokedAt: expect.any(String) }), expect.objectContaining({ keyId: next.keyId, revokedAt: null })]),
    );
    expect(listed.body).not.toContain(next.secret.slice(-20));
  });
});
