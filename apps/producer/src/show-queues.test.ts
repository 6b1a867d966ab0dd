import { Failure } from "@levain/contracts";
import { consume } from "@levain/queue";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { openSampleProducer, RUNS, type SampleProducer } from "./sample-producer.js";

let producer: SampleProducer;
let isRedisDown = false;
/** Milliseconds since the first test. */
let laterMs = 0;
beforeAll(async () => {
  producer = await openSampleProducer({
    postgresUrl: inject("postgresUrl"),
    redisUrl: inject("redisUrl"),
    deps: {
      now: () => new Date(Date.UTC(2026, 4, 2) + laterMs),
      checks: {
        redis: async () => {
          if (isRedisDown) throw new Failure("redis.unavailable", "expected Redis to answer");
        },
      },
    },
  });
});
afterAll(() => producer.close());

const BOARD = "/ops/queues";
const FORM = { "content-type": "application/x-www-form-urlencoded" };
const HOUR_MS = 3_600_000;

const get = (url: string, headers: Record<string, string>) => producer.server.inject({ url, headers });
const knock = (key: string, headers: Record<string, string> = {}) =>
  producer.server.inject({ method: "POST", url: "/ops/login", headers: { ...FORM, ...headers }, payload: new URLSearchParams({ key }).toString() });

/** What a browser that has logged in sends by itself, and what the page's own script adds. */
async function logIn(key: string): Promise<{ readonly cookie: Record<string, string>; readonly token: string }> {
  const answer = await knock(key);
  expect([answer.statusCode, answer.headers.location]).toEqual([303, BOARD]);
  const cookies = new Map(answer.cookies.map(({ name, value }) => [name, value]));
  return { cookie: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") }, token: cookies.get("XSRF-TOKEN") ?? "" };
}

const pause = (headers: Record<string, string>) => producer.server.inject({ method: "PUT", url: `${BOARD}/api/queues/start-run/pause`, headers: { host: "levain.example", ...headers } });
const resume = (headers: Record<string, string>) => producer.server.inject({ method: "PUT", url: `${BOARD}/api/queues/start-run/resume`, headers });
const isPaused = () => producer.deps.boardQueues()[0]?.isPaused();

describe("the operators' door", () => {
  test("is where a browser without a session is sent, and the board's own script is told 401", async () => {
    const page = await get(BOARD, { accept: "text/html,application/xhtml+xml" });
    expect([page.statusCode, page.headers.location]).toEqual([303, "/ops/login"]);
    const script = await get(`${BOARD}/api/queues`, { accept: "application/json" });
    expect([script.statusCode, script.headers["content-type"]]).toEqual([401, "application/problem+json; charset=utf-8"]);
    const door = await get("/ops/login", {});
    expect(door.body).toContain('<form method="post" action="/ops/login">');
    expect(door.headers["content-security-policy"]).toContain("form-action 'self'");
  });

  test("opens to an operator's key, and gives a session that scripts cannot read and other sites cannot use", async () => {
    const answer = await knock(producer.operatorKey);
    const session = answer.cookies.find(({ name }) => name === "levain_session");
    expect(session).toMatchObject({ httpOnly: true, sameSite: "Strict", path: "/ops", maxAge: 8 * 3_600 });
    expect(JSON.stringify(answer.cookies)).not.toContain(producer.operatorKey.slice(-20));
    const { cookie } = await logIn(producer.operatorKey);
    const board = await get(BOARD, { accept: "text/html", ...cookie });
    expect([board.statusCode, board.headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
    expect(board.body).toContain('<base href="/ops/queues/"');
    const script = /src="(static\/js\/main[^"]+)"/.exec(board.body)?.[1];
    expect((await get(`${BOARD}/${script}`, cookie)).statusCode).toBe(200);
  });

  test("stays shut for a tenant's key, a wrong one, none, too long a form and a form of another site, and says no more than that", async () => {
    const tenantKey = producer.tenant.authorization.replace("Bearer ", "");
    const answers = [await knock(tenantKey), await knock("lvn_wrong"), await knock(""), await producer.server.inject({ method: "POST", url: "/ops/login" })];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([401, 401, 401, 401]);
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
    for (const { headers } of answers) expect(headers).not.toHaveProperty("set-cookie");
    expect((await knock("x".repeat(2_000))).statusCode).toBe(413);
    expect((await knock(producer.operatorKey, { "sec-fetch-site": "cross-site" })).statusCode).toBe(403);
    expect((await knock(producer.operatorKey, { origin: "https://evil.example", host: "levain.example" })).statusCode).toBe(403);
  });
});

describe("a session", () => {
  test("opens the operators' pages and nothing of the API", async () => {
    const { cookie } = await logIn(producer.operatorKey);
    expect((await get(RUNS, cookie)).statusCode).toBe(401);
    expect((await get("/v1/tenants", cookie)).statusCode).toBe(401);
  });

  test("that was altered, is not ours or is over opens nothing", async () => {
    const { cookie } = await logIn(producer.operatorKey);
    const altered = cookie["cookie"]?.replace(/levain_session=(.)/, (_, first: string) => `levain_session=${first === "0" ? "1" : "0"}`) ?? "";
    const [keyId, until] = /levain_session=([^.]+)\.([^.]+)/.exec(cookie["cookie"] ?? "")?.slice(1) ?? [];
    const longer = cookie["cookie"]?.replace(`${keyId}.${until}`, `${keyId}.${Number(until) + HOUR_MS}`) ?? "";
    for (const forged of [altered, longer, "levain_session=a.b.c.d", "levain_session=", `levain_session=${keyId}.${until}.x.`]) expect((await get(BOARD, { cookie: forged })).statusCode, forged).toBe(401);
    laterMs = 8 * HOUR_MS - 1_000;
    expect((await get(BOARD, cookie)).statusCode).toBe(200);
    laterMs = 8 * HOUR_MS;
    expect((await get(BOARD, cookie)).statusCode).toBe(401);
    laterMs = 0;
  });

  test("ends at once with the key that opened it, and in this browser when its owner leaves", async () => {
    const { keyId, secret } = await producer.db.keys.issue({ role: "operator", label: "leaving" });
    const { cookie } = await logIn(secret);
    expect((await get(BOARD, cookie)).statusCode).toBe(200);
    await producer.db.keys.revoke(keyId);
    expect((await get(BOARD, cookie)).statusCode).toBe(401);
    const left = await producer.server.inject({ method: "POST", url: "/ops/logout" });
    expect(left.cookies.map(({ name, value, maxAge }) => [name, value, maxAge])).toEqual([["levain_session", "", 0], ["XSRF-TOKEN", "", 0]]);
  });
});

describe("the queue board", () => {
  test("opens to a key, too, and to no tenant's", async () => {
    expect((await get(BOARD, producer.operator)).statusCode).toBe(200);
    expect((await get(`${BOARD}/api/queues`, producer.tenant)).statusCode).toBe(403);
    const basic = { authorization: `Basic ${Buffer.from(`anna:${producer.operatorKey}`).toString("base64")}` };
    expect((await get(BOARD, basic)).statusCode).toBe(401);
  });

  test.each(["status=%00", "status=nonsense", "page=0", "page=1e9", "jobsPerPage=100000", "activeQueue=%00"])("refuses to ask Redis for ?%s", async (query) => {
    const { statusCode, headers } = await get(`${BOARD}/api/queues?${query}`, producer.operator);
    expect([statusCode, headers["content-type"]]).toEqual([400, "application/problem+json; charset=utf-8"]);
  });

  test("shows the fleet's queues and their jobs, which an operator may remove", async () => {
    const { id } = (await producer.server.inject({ method: "POST", url: RUNS, headers: producer.tenant })).json();
    const { cookie, token } = await logIn(producer.operatorKey);
    const { body } = await get(`${BOARD}/api/queues?activeQueue=start-run&status=latest&page=1&jobsPerPage=10`, cookie);
    const { queues } = JSON.parse(body) as { queues: { name: string; readOnlyMode: boolean; jobs: { id: string; data: { runId: string } }[] }[] };
    expect(queues.map(({ name, readOnlyMode }) => [name, readOnlyMode])).toEqual([["start-run", false], ["train-product", false], ["nightly", false], ["deliver-webhook", false]]);
    const job = queues[0]?.jobs.find(({ data }) => data.runId === id);
    const removed = await producer.server.inject({ method: "PUT", url: `${BOARD}/api/queues/start-run/${encodeURIComponent(job?.id ?? "")}/clean`, headers: { ...cookie, "x-xsrf-token": token } });
    expect(removed.statusCode).toBe(204);
    expect(await producer.deps.boardQueues()[0]?.getJob(job?.id ?? "")).toBeUndefined();
  });

  test("changes nothing without the session's token, nor at the wish of another site's page", async () => {
    const { cookie, token } = await logIn(producer.operatorKey);
    const other = await logIn(producer.operatorKey);
    for (const headers of [
      {},
      { "x-xsrf-token": "" },
      { "x-xsrf-token": other.token },
      { "x-xsrf-token": token, "sec-fetch-site": "cross-site" },
      { "x-xsrf-token": token, "sec-fetch-site": "same-site" },
      { "x-xsrf-token": token, origin: "https://evil.example" },
    ]) {
      const answer = await pause({ ...cookie, ...(headers as Record<string, string>) });
      expect([answer.statusCode, answer.headers["content-type"]], JSON.stringify(headers)).toEqual([403, "application/problem+json; charset=utf-8"]);
    }
    expect(await isPaused()).toBe(false);
    expect((await pause({ ...cookie, "x-xsrf-token": token, origin: "https://levain.example", "sec-fetch-site": "same-origin" })).statusCode).toBe(200);
    expect(await isPaused()).toBe(true);
    await resume(producer.operator);
  });

  test("is sent its token under the names that its script knows", async () => {
    const { cookie } = await logIn(producer.operatorKey);
    const page = await get(BOARD, cookie);
    const scripts = [...page.body.matchAll(/src="(static\/js\/[^"]+)"/g)].map(([, path]) => path);
    const texts = await Promise.all(scripts.map(async (path) => (await get(`${BOARD}/${path}`, cookie)).body));
    expect(texts.join("")).toMatch(/xsrfCookieName:"XSRF-TOKEN",xsrfHeaderName:"X-XSRF-TOKEN"/);
  });

  test("shows a viewer everything and lets them change nothing, by session or key, by any of its addresses", async () => {
    const { cookie, token } = await logIn(producer.viewerKey);
    const { body } = await get(`${BOARD}/api/queues?page=1&jobsPerPage=10`, cookie);
    const { queues } = JSON.parse(body) as { queues: { readOnlyMode: boolean; allowRetries: boolean }[] };
    expect(queues.map(({ readOnlyMode, allowRetries }) => [readOnlyMode, allowRetries])).toEqual([[true, false], [true, false], [true, false], [true, false]]);
    const writes = producer.server.routeTable.filter(({ url, method }) => url.startsWith(BOARD) && ![method].flat().some((each) => each === "GET" || each === "HEAD"));
    expect(writes.length).toBeGreaterThan(15);
    for (const { url, method } of writes) {
      const address = url.replace(":queueName", "start-run").replaceAll(/:\w+/g, "x");
      for (const headers of [{ ...cookie, "x-xsrf-token": token }, producer.viewer]) {
        const answer = await producer.server.inject({ method: [method].flat()[0] as "PUT", url: address, headers });
        expect.soft([method, address, answer.statusCode]).toEqual([method, address, 403]);
      }
    }
    expect(await isPaused()).toBe(false);
  });

  test("masks what is secret in a job and in the reason of its failure, by its name and by its shape", async () => {
    const canary = "hunter2canary";
    const [queue] = producer.deps.boardQueues();
    const job = await queue?.add("start-run", { runId: "x", password: canary, note: `see postgres://levain:${canary}@db/levain`, nested: { apiKey: [canary] } }, { jobId: "leaky", delay: HOUR_MS });
    await job?.updateProgress({ token: canary });
    const failing = { version: 1, runId: crypto.randomUUID(), generation: 1 } as const;
    await producer.deps.enqueueStartRun(failing);
    const consumer = consume({
      redisUrl: inject("redisUrl"),
      prefix: String(queue?.opts.prefix),
      queue: "start-run",
      concurrency: 1,
      handler: async () => {
        throw new Failure("source.malformed", `Bearer ${canary} was refused by https://x:${canary}@till.example`);
      },
    });
    const failed = await vi.waitUntil(async () => (await queue?.getJobs(["failed"]))?.find(({ data }) => data.runId === failing.runId), { timeout: 20_000 });
    await consumer.close();
    for (const url of [`${BOARD}/api/queues?activeQueue=start-run&status=latest&page=1&jobsPerPage=50`, `${BOARD}/api/queues/start-run/leaky`, `${BOARD}/api/queues/start-run/${failed.id}`]) {
      const { body } = await get(url, producer.operator);
      expect(body, url).toContain("[redacted]");
      expect(body, url).not.toContain(canary);
    }
  });

  test("answers an error as the rest of the server does, and does not wait for a Redis that is away", async () => {
    const answer = await producer.server.inject({ method: "PUT", url: `${BOARD}/api/queues/start-run/pause`, headers: { ...producer.operator, "content-type": "application/json" }, payload: "{" });
    expect([answer.statusCode, answer.headers["content-type"]]).toEqual([400, "application/problem+json; charset=utf-8"]);
    isRedisDown = true;
    const away = await get(`${BOARD}/api/queues`, producer.operator);
    isRedisDown = false;
    expect([away.statusCode, away.headers["retry-after"]]).toEqual([503, "5"]);
  });
});
