import { Failure } from "@levain/contracts";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { openSampleProducer, RUNS, TENANT, type SampleProducer } from "./sample-producer.js";

let producer: SampleProducer;
let isRedisDown = false;
beforeAll(async () => {
  const down = new Failure("redis.unavailable", "expected Redis at redis://10.1.2.3 to answer");
  producer = await openSampleProducer({
    postgresUrl: inject("postgresUrl"),
    redisUrl: inject("redisUrl"),
    deps: {
      checks: {
        postgres: async () => undefined,
        redis: async () => {
          if (isRedisDown) throw down;
        },
      },
      queueDepth: async () => {
        if (isRedisDown) throw down;
        return [{ queue: "start-run", state: "waiting", count: 3 }];
      },
    },
  });
});
afterAll(() => producer.close());

const get = (url: string, headers: Record<string, string> = {}) => producer.server.inject({ url, headers });

describe("the process", () => {
  test("is ready while Postgres and Redis answer, and tells strangers no more than which does not", async () => {
    expect((await get("/readyz")).json()).toEqual({ status: "ok", checks: { postgres: "ok", redis: "ok" } });
    isRedisDown = true;
    const answer = await get("/readyz");
    isRedisDown = false;
    expect([answer.statusCode, answer.json()]).toEqual([503, { status: "unavailable", checks: { postgres: "ok", redis: "unavailable" } }]);
    expect(producer.log()).toContainEqual(expect.objectContaining({ message: "not ready", level: "warn" }));
    expect((await get("/healthz")).statusCode).toBe(200);
  });

  test("counts requests by route and status, never by tenant or run", async () => {
    await get(`${RUNS}/${crypto.randomUUID()}`, producer.tenant);
    await get("/no/such/page");
    const { body, headers } = await get("/metrics");
    expect(headers["content-type"]).toMatch(/^text\/plain/);
    expect(body).toContain('http_request_duration_seconds_count{process="producer",method="GET",route="/v1/tenants/:tenantId/training-runs/:runId",status="404"} 1');
    expect(body).toContain('route="none",status="404"');
    expect(body).toContain('queue_depth{queue="start-run",state="waiting",process="producer"} 3');
    expect(body).toMatch(/event_loop_lag_seconds/);
    expect(body).toMatch(/db_pool_connections\{state="waited-for"/);
    expect(body).not.toContain(TENANT);
  });

  test("still shows its metrics when the queue cannot be asked", async () => {
    isRedisDown = true;
    const { statusCode, body } = await get("/metrics");
    isRedisDown = false;
    expect(statusCode).toBe(200);
    expect(body).toContain("http_request_duration_seconds");
    expect(body).not.toContain('queue_depth{');
  });
});

describe("a request", () => {
  test("keeps the id it came with, or gets one; one that is unfit for a log is replaced", async () => {
    expect((await get("/healthz", { "x-request-id": "till-7:42" })).headers["x-request-id"]).toBe("till-7:42");
    for (const id of ["", "a b", "x".repeat(129), "new\tline", "<script>"]) {
      expect((await get("/healthz", { "x-request-id": id })).headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  test("is one line in the log, with who asked and without the key or the query", async () => {
    await get(`${RUNS}?limit=7`, { ...producer.tenant, "x-request-id": "r-1" });
    const lines = producer.log().filter(({ requestId }) => requestId === "r-1");
    expect(lines).toMatchObject([{ level: "info", message: "request served", method: "GET", path: RUNS, status: 200, tenantId: TENANT, keyId: expect.any(String), durationMs: expect.any(Number) }]);
    expect(JSON.stringify(producer.log())).not.toContain(producer.tenant.authorization.slice("Bearer ".length));
  });

  test("is answered with headers that keep browsers from guessing", async () => {
    const { headers } = await get("/healthz");
    expect(headers).toMatchObject({ "x-content-type-options": "nosniff", "content-security-policy": "default-src 'none';frame-ancestors 'none'" });
    expect(headers).not.toHaveProperty("x-powered-by");
  });
});
