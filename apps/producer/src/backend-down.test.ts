import { afterEach, beforeEach, describe, expect, inject, test, vi } from "vitest";
import { openSampleProducer, RUNS, TENANT, trainOne, type SampleProducer } from "./sample-producer.js";
import { openWay, type Way } from "./sample-way.js";

let producer: SampleProducer;
let postgres: Way;
let redis: Way;
let runId: string;
beforeEach(async () => {
  postgres = await openWay(inject("postgresUrl"));
  redis = await openWay(inject("redisUrl"));
  producer = await openSampleProducer({ postgresUrl: postgres.url, redisUrl: redis.url });
  runId = await trainOne(producer.db, "croissant");
});
afterEach(async () => {
  await producer.close();
  postgres.cut();
  redis.cut();
});

type Method = "GET" | "HEAD" | "POST" | "PUT" | "DELETE";

/** Every route once, by its first method, with what exists filled in. Bodies that it would take. */
const asks = () =>
  producer.server.routeTable.map(({ method, url, config }) => ({
    access: config?.access,
    method: [method].flat()[0] as Method,
    url: url.replace(":tenantId", TENANT).replace(":runId", runId).replace(":productId", "croissant").replace(":keyId", "0123456789abcdef").replace(":queueName", "start-run").replaceAll(/:\w+/g, "x").replace("*", "x"),
    payload: url.endsWith("/keys") ? { label: "x" } : undefined,
  }));

const ask = ({ method, url, payload }: { method: Method; url: string; payload?: object | undefined }) =>
  producer.server.inject({ method, url, headers: { ...producer.operator, accept: "application/json" }, ...(payload && method === "POST" && { payload }) });

describe("without Postgres", () => {
  test("whatever needs a key is answered 503 with Retry-After, and never 500; the process itself lives", async () => {
    postgres.cut();
    const kept = asks().filter(({ access }) => access !== "public");
    const answers = await Promise.all(kept.map(async (each) => [each.method, each.url, await ask(each)] as const));
    for (const [method, url, { statusCode, headers }] of answers) expect.soft([method, url, statusCode, headers["retry-after"]]).toEqual([method, url, 503, "5"]);
    const door = await producer.server.inject({ method: "POST", url: "/ops/login", headers: { "content-type": "application/x-www-form-urlencoded" }, payload: `key=${producer.operatorKey}` });
    expect([door.statusCode, door.headers["content-type"]]).toEqual([503, "application/problem+json; charset=utf-8"]);
    expect((await ask({ method: "GET", url: "/healthz" })).statusCode).toBe(200);
    expect((await ask({ method: "GET", url: "/readyz" })).statusCode).toBe(503);
    await postgres.mend();
    expect((await ask({ method: "GET", url: RUNS })).statusCode).toBe(200);
  });
});

describe("without Redis", () => {
  test("what is in Postgres is still shown and runs are still accepted; the rest is answered 503, and nothing 500", async () => {
    redis.cut();
    const answers = await Promise.all(asks().map(async (each) => ({ each, answer: await ask(each) })));
    const failed = answers.filter(({ answer }) => answer.statusCode >= 500);
    expect(failed.map(({ each, answer }) => [each.url, answer.statusCode]).filter(([, status]) => status !== 503)).toEqual([]);
    expect(failed.filter(({ each, answer }) => each.url !== "/readyz" && answer.headers["retry-after"] !== "5").map(({ each }) => each.url)).toEqual([]);
    expect(failed.length).toBeGreaterThan(20);
    expect((await ask({ method: "GET", url: `${RUNS}/${runId}` })).statusCode).toBe(200);
    const open = await producer.db.runs.openRuns();
    for (const run of open) await producer.db.forTenant(TENANT).cancelRun(run.id);
    const accepted = await producer.server.inject({ method: "POST", url: RUNS, headers: producer.tenant, payload: {} });
    expect(accepted.statusCode).toBe(202);
    expect((await ask({ method: "POST", url: `${RUNS}/${accepted.json().id}/cancel` })).json()).toMatchObject({ status: "cancelled" });
    await redis.mend();
    await vi.waitUntil(async () => (await ask({ method: "GET", url: "/ops/queues/api/queues" })).statusCode === 200, { timeout: 30_000 });
  });
});
