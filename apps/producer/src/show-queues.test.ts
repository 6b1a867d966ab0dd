import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { openSampleProducer, RUNS, type SampleProducer } from "./sample-producer.js";

let producer: SampleProducer;
beforeAll(async () => {
  producer = await openSampleProducer({ postgresUrl: inject("postgresUrl"), redisUrl: inject("redisUrl") });
});
afterAll(() => producer.close());

const basic = (user: string, password: string) => ({ authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` });
const get = (url: string, headers: Record<string, string>) => producer.server.inject({ url, headers });

describe("the queue board", () => {
  test("opens in a browser with the operator's key as password under any user name, and to a Bearer key", async () => {
    for (const headers of [basic("", producer.operatorKey), basic("anna", producer.operatorKey), producer.operator]) {
      const page = await get("/ops/queues", headers);
      expect([page.statusCode, page.headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
      expect(page.body).toContain('<base href="/ops/queues/"');
      const script = /src="(static\/js\/main[^"]+)"/.exec(page.body)?.[1];
      expect((await get(`/ops/queues/${script}`, headers)).statusCode).toBe(200);
    }
  });

  test("asks for a password, and takes neither a tenant's key nor a wrong one", async () => {
    const answers = await Promise.all([
      get("/ops/queues", {}),
      get("/ops/queues", basic("anna", "lvn_wrong")),
      get("/ops/queues/api/queues", basic("anna", producer.tenant.authorization.replace("Bearer ", ""))),
      get("/ops/queues/static/js/none.js", {}),
    ]);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([401, 401, 403, 401]);
    expect(answers[0]?.headers["www-authenticate"]).toMatch(/^Basic /);
    for (const answer of answers) expect(answer.headers["content-type"]).toMatch(/^application\/problem\+json/);
    expect((await get(RUNS, basic("anna", producer.operatorKey))).statusCode).toBe(401);
  });

  test("shows the fleet's queues and their jobs, which an operator may remove", async () => {
    const { id } = (await producer.server.inject({ method: "POST", url: RUNS, headers: producer.tenant })).json();
    const { body } = await get("/ops/queues/api/queues?activeQueue=start-run&status=latest&page=1&jobsPerPage=10", producer.operator);
    const { queues } = JSON.parse(body) as { queues: { name: string; readOnlyMode: boolean; jobs: { id: string; data: { runId: string } }[] }[] };
    expect(queues.map(({ name, readOnlyMode }) => [name, readOnlyMode])).toEqual([["start-run", false], ["train-product", false], ["nightly", false]]);
    const job = queues[0]?.jobs.find(({ data }) => data.runId === id);
    const removed = await producer.server.inject({ method: "PUT", url: `/ops/queues/api/queues/start-run/${encodeURIComponent(job?.id ?? "")}/clean`, headers: basic("anna", producer.operatorKey) });
    expect(removed.statusCode).toBe(204);
    expect(await producer.deps.boardQueues()[0]?.getJob(job?.id ?? "")).toBeUndefined();
  });

  test("changes nothing at the wish of another site's page, although the browser sends the password along", async () => {
    const ask = (headers: Record<string, string>) =>
      producer.server.inject({ method: "PUT", url: "/ops/queues/api/queues/start-run/pause", headers: { host: "levain.example", ...basic("anna", producer.operatorKey), ...headers } });
    expect((await ask({ "sec-fetch-site": "cross-site" })).statusCode).toBe(403);
    expect((await ask({ origin: "https://evil.example" })).statusCode).toBe(403);
    expect(await producer.deps.boardQueues()[0]?.isPaused()).toBe(false);
    expect((await ask({ origin: "https://levain.example" })).statusCode).toBe(200);
    expect(await producer.deps.boardQueues()[0]?.isPaused()).toBe(true);
  });

  test("answers an error as the rest of the server does", async () => {
    const answer = await producer.server.inject({ method: "PUT", url: "/ops/queues/api/queues/start-run/pause", headers: { ...producer.operator, "content-type": "application/json" }, payload: "{" });
    expect([answer.statusCode, answer.headers["content-type"]]).toEqual([400, "application/problem+json; charset=utf-8"]);
  });
});
