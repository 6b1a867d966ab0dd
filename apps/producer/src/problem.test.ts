import { connect } from "node:net";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { Failure, Problem } from "@levain/contracts";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { LightMyRequestResponse } from "fastify";
import { openSampleProducer, RUNS, TENANT, type SampleProducer } from "./sample-producer.js";

let producer: SampleProducer;
/** What the next listing of runs throws. */
let fault: unknown;
beforeAll(async () => {
  producer = await openSampleProducer({
    postgresUrl: inject("postgresUrl"),
    redisUrl: inject("redisUrl"),
    deps: {
      listRuns: async () => {
        throw fault;
      },
    },
  });
});
afterAll(() => producer.close());

/** The answer as a problem; every one of them is well-formed and carries the request's id. */
const problemOf = (answer: LightMyRequestResponse): Problem => {
  expect(answer.headers["content-type"]).toBe("application/problem+json; charset=utf-8");
  const problem = Problem.strict().parse(answer.json());
  expect(problem).toMatchObject({ status: answer.statusCode, requestId: answer.headers["x-request-id"] });
  return problem;
};

const post = (payload: string | object, headers: Record<string, string> = {}) =>
  producer.server.inject({ method: "POST", url: RUNS, headers: { ...producer.tenant, "content-type": "application/json", ...headers }, payload });

describe("a problem", () => {
  test("with the body names every field with what was expected and what came", async () => {
    const answer = await post({ cutoff: "2026-02-30", productIds: ["ok", "", "a\u0000b", 7], force: true });
    expect(problemOf(answer)).toMatchObject({
      status: 400,
      title: "Invalid request",
      instance: RUNS,
      errors: [
        { path: "body.productIds[1]", expected: "string to have >=1 characters", received: '""' },
        { path: "body.productIds[1]", expected: "no control characters", received: '""' },
        { path: "body.productIds[2]", expected: "no control characters", received: '"a\\u0000b"' },
        { path: "body.productIds[3]", expected: "string", received: "7" },
        { path: "body.cutoff", expected: "a valid ISO date", received: '"2026-02-30"' },
        { path: "body.force", expected: "no such field", received: "true" },
      ],
    });
  });

  test("with an address or a header is told the same way", async () => {
    const run = await producer.server.inject({ url: `${RUNS}/17`, headers: producer.tenant });
    expect(problemOf(run).errors).toEqual([{ path: "path.runId", expected: "a valid UUID", received: '"17"' }]);
    const key = await post({}, { "idempotency-key": "a b" });
    expect(problemOf(key).errors).toEqual([{ path: "header.idempotency-key", expected: "1 to 128 visible ASCII characters", received: '"a b"' }]);
    for (const id of ["yesterday", "1-", "99999999999999999999-0"]) {
      const resume = await producer.server.inject({ url: `${RUNS}/${crypto.randomUUID()}/events`, headers: { ...producer.tenant, "last-event-id": id } });
      expect(problemOf(resume).errors).toEqual([{ path: "header.last-event-id", expected: "the id of an event, such as 1700000000000-0", received: JSON.stringify(id) }]);
    }
  });

  test.each(['{"cutoff":', "[1,", "nonsense", '{"__proto__":{"a":1}}'])("with malformed JSON is 400: %s", async (body) => {
    expect(problemOf(await post(body))).toMatchObject({ status: 400, detail: "expected a body of well-formed JSON" });
  });

  test.each(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "nonsense"])("with another content type is 415: %s", async (type) => {
    expect(problemOf(await post("cutoff=2026-05-01", { "content-type": type })).status).toBe(415);
  });

  test("with a body beyond 64 KB, or 256 KB for a run, is 413", async () => {
    const ids = (bytes: number) => ({ productIds: Array.from({ length: 5_000 }, (_, index) => String(index).padEnd(bytes / 5_000 - 3, "x")) });
    expect(problemOf(await post(ids(270_000))).status).toBe(413);
    expect((await post(ids(240_000))).statusCode).toBe(202);
    const tenant = await producer.server.inject({ method: "PUT", url: `/v1/tenants/${TENANT}`, headers: producer.operator, payload: { name: "x".repeat(70_000) } });
    expect(problemOf(tenant).status).toBe(413);
  });

  test("with an address that does not exist is 404, and with a method that it does not know 405", async () => {
    for (const url of ["/", "/v2/tenants", "/v1/tenants/x/y/z", "/v1//tenants", "/docs/none"]) {
      expect.soft([url, problemOf(await producer.server.inject({ url })).status]).toEqual([url, 404]);
    }
    const answer = await producer.server.inject({ method: "DELETE", url: RUNS });
    expect(problemOf(answer)).toMatchObject({ status: 405, detail: "expected GET or HEAD or POST, got DELETE" });
    expect(answer.headers["allow"]).toBe("GET, HEAD, POST");
  });

  test("with a malformed address is 400", async () => {
    expect(problemOf(await producer.server.inject({ url: "/v1/tenants/%zz/products" }))).toMatchObject({ status: 400, detail: "expected a well-formed address" });
  });

  test("with the database is 503 and says when to come back, not what happened", async () => {
    fault = new Failure("db.unavailable", "connect ECONNREFUSED 10.1.2.3:5432");
    const answer = await producer.server.inject({ url: RUNS, headers: producer.tenant });
    expect(problemOf(answer).status).toBe(503);
    expect(answer.headers["retry-after"]).toBe("5");
    expect(answer.body).not.toContain("10.1.2.3");
  });

  test.each([
    ["an error", new Error("secret detail at /srv/levain.js:1")],
    ["no error at all", "secret detail"],
    ["nothing", undefined],
    ["a bug behind a status", Object.assign(new Error("secret detail"), { statusCode: 500 })],
  ])("that nobody foresaw is 500, without internals, and found in the log by its id (%s)", async (_name, thrown) => {
    fault = thrown;
    const answer = await producer.server.inject({ url: RUNS, headers: producer.tenant });
    expect(problemOf(answer)).toMatchObject({ status: 500, title: "Internal Server Error" });
    expect(answer.body).not.toContain("secret");
    expect(producer.log()).toContainEqual(expect.objectContaining({ level: "error", requestId: answer.headers["x-request-id"] }));
  });

  test("below HTTP itself is still a problem", async () => {
    await producer.server.listen({ host: "127.0.0.1", port: 0 });
    const { port } = producer.server.server.address() as AddressInfo;
    const socket = connect(port, "127.0.0.1");
    socket.end("NONSENSE\r\n\r\n");
    const chunks: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    await once(socket, "close");
    const text = Buffer.concat(chunks).toString();
    expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(text).toMatch(/content-type: application\/problem\+json/i);
    expect(Problem.parse(JSON.parse(text.slice(text.indexOf("\r\n\r\n"))))).toMatchObject({ status: 400 });
  });
});
