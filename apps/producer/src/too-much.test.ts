import { connect, type AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { openSampleProducer, RUNS, TENANT, trainOne, type SampleProducer } from "./sample-producer.js";

let producer: SampleProducer;
let port: number;
beforeAll(async () => {
  producer = await openSampleProducer({ postgresUrl: inject("postgresUrl"), redisUrl: inject("redisUrl") });
  await trainOne(producer.db, "croissant");
  await producer.server.listen({ host: "127.0.0.1", port: 0 });
  port = (producer.server.server.address() as AddressInfo).port;
});
afterAll(() => producer.close());

/** What comes back for what is written, until the server closes. */
async function answerTo(...parts: readonly (string | Buffer)[]): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1" });
  let text = "";
  socket.on("data", (chunk) => (text += chunk.toString("latin1"))).on("error", () => undefined);
  for (const part of parts) socket.write(part);
  await new Promise((closed) => socket.once("close", closed));
  return text;
}

const post = (url: string, payload: string | object, headers: Record<string, string> = {}) =>
  producer.server.inject({ method: "POST", url, headers: { ...producer.operator, "content-type": "application/json", ...headers }, payload });

describe("too much", () => {
  test("of a body is refused: 64 KB, and 256 KB for a run's products", async () => {
    const keys = `/v1/tenants/${TENANT}/keys`;
    expect((await post(keys, { label: "x".repeat(65_536) })).statusCode).toBe(413);
    expect((await post(keys, { label: "x".repeat(60_000) })).statusCode).toBe(400);
    expect((await post(RUNS, { productIds: Array.from({ length: 3_000 }, (_, index) => `bread-${index}-${"x".repeat(40)}`) })).statusCode).toBe(202);
    expect((await post(RUNS, `{"productIds":["${"x".repeat(262_144)}"]}`)).statusCode).toBe(413);
  });

  test("of a body without a length is cut off where its limit is", async () => {
    const head = `POST ${RUNS} HTTP/1.1\r\nHost: x\r\nAuthorization: ${producer.tenant.authorization}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const chunk = `10000\r\n${"x".repeat(65_536)}\r\n`;
    expect(await answerTo(head, ...Array.from({ length: 100 }, () => chunk))).toMatch(/^HTTP\/1\.1 413 /);
  });

  test("of headers is refused", async () => {
    expect(await answerTo(`GET /healthz HTTP/1.1\r\nHost: x\r\nX-Big: ${"x".repeat(17_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
  });

  test("of a page is refused", async () => {
    for (const [limit, status] of [
      [200, 200],
      [201, 400],
      [0, 400],
      ["1e2", 200],
      ["x", 400],
      [-1, 400],
    ])
      expect((await producer.server.inject({ url: `${RUNS}?limit=${limit}`, headers: producer.tenant })).statusCode, String(limit)).toBe(status);
  });

  test("of time to send a request is not given, neither for its headers nor for its body", async () => {
    const since = performance.now();
    const answers = await Promise.all([
      answerTo("GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: "),
      answerTo(`POST ${RUNS} HTTP/1.1\r\nHost: x\r\nAuthorization: ${producer.tenant.authorization}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`),
    ]);
    for (const answer of answers) expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(performance.now() - since).toBeGreaterThan(9_000);
  });
});

describe("what PostgreSQL could not keep or find", () => {
  test("is refused field by field before it is asked: NUL, half characters, and days that no calendar has", async () => {
    const tenant = { name: "x", timeZone: "UTC", country: "DE", sources: { sales: "http://till.example" } };
    const put = (body: object) => producer.server.inject({ method: "PUT", url: "/v1/tenants/fuzzed", headers: producer.operator, payload: body });
    expect((await put({ ...tenant, name: "a\u0000b" })).json().errors).toMatchObject([{ path: "body.name" }]);
    expect((await put({ ...tenant, unit: "\ud800" })).json().errors).toMatchObject([{ path: "body.unit" }]);
    expect((await post(`/v1/tenants/${TENANT}/keys`, '{"label":"a\\u0000b"}')).json().errors).toMatchObject([{ path: "body.label" }]);
    expect((await put(tenant)).statusCode).toBe(201);
  });

  test.each([
    ["models", 2 ** 53 - 1],
    ["models", 2 ** 31],
    ["models", -(2 ** 31) - 1],
    ["products", "\ud800"],
    ["products", "\u0000"],
    ["training-runs", "+275760-09-13T00:00:00.000Z", "00000000-0000-0000-0000-000000000000"],
    ["training-runs", "0000-01-01T00:00:00.000Z", "00000000-0000-0000-0000-000000000000"],
    ["training-runs", "-000001-01-01T00:00:00.000Z", "00000000-0000-0000-0000-000000000000"],
    ["training-runs", "9999-12-31T23:59:59.999Z", "00000000-0000-0000-0000-000000000000"],
  ])("is a page at most, as a cursor of %s after %s", async (listing, ...key) => {
    const cursor = Buffer.from(JSON.stringify([listing, ...key])).toString("base64url");
    const url = { models: `/v1/tenants/${TENANT}/products/croissant/models`, products: `/v1/tenants/${TENANT}/products`, "training-runs": RUNS }[listing] ?? "";
    const answer = await producer.server.inject({ url: `${url}?cursor=${cursor}`, headers: producer.tenant });
    expect([200, 400], answer.body).toContain(answer.statusCode);
  });

  test.each(["0000-01-01", "0001-01-01", "1900-01-01"])("is a run up to %s at most", async (cutoff) => {
    const answer = await post(RUNS, { cutoff });
    expect([202, 400, 409], answer.body).toContain(answer.statusCode);
  });
});

describe("answers", () => {
  test("tell browsers to guess nothing, to frame nothing and to share nothing with other sites", async () => {
    for (const url of ["/healthz", RUNS, "/no/such/page", "/docs/", "/ops/login"]) {
      const { headers } = await producer.server.inject({ url, headers: { ...producer.tenant, origin: "https://evil.example" } });
      expect(headers, url).toMatchObject({
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-resource-policy": "same-origin",
        "strict-transport-security": expect.stringContaining("max-age"),
      });
      expect(headers["content-security-policy"], url).toContain("frame-ancestors 'none'");
      expect(Object.keys(headers).filter((name) => name.startsWith("access-control-")), url).toEqual([]);
      expect(headers, url).not.toHaveProperty("x-powered-by");
    }
    const preflight = await producer.server.inject({ method: "OPTIONS", url: RUNS, headers: { origin: "https://evil.example", "access-control-request-method": "POST" } });
    expect(preflight.statusCode).toBe(405);
  });

  test("for a key are kept by no cache", async () => {
    expect((await producer.server.inject({ url: RUNS, headers: producer.tenant })).headers["cache-control"]).toBe("no-store");
  });
});
