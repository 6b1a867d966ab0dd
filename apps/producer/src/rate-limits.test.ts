import { afterEach, describe, expect, inject, test } from "vitest";
import type { LimitSettings } from "./rate-limits.js";
import { openSampleProducer, OTHER_TENANT, RUNS, TENANT, type SampleProducer } from "./sample-producer.js";

let producer: SampleProducer | undefined;
const NONE: LimitSettings = { requestsPerKey: 0, requestsPerTenant: 0, runStartsPerTenant: 0, failedKeysPerAddress: 0 };
const open = async (limits: Partial<LimitSettings>): Promise<SampleProducer> => {
  producer = await openSampleProducer({ postgresUrl: inject("postgresUrl"), redisUrl: inject("redisUrl"), settings: { limits: { ...NONE, ...limits } } });
  return producer;
};
afterEach(async () => {
  await producer?.close();
  producer = undefined;
});

const get = ({ server }: SampleProducer, headers: Record<string, string>, url = RUNS) => server.inject({ url, headers });
const countOf = async (status: number, times: number, ask: () => Promise<{ statusCode: number }>): Promise<number> =>
  (await Promise.all(Array.from({ length: times }, ask))).filter(({ statusCode }) => statusCode === status).length;

/** What an allowance lets through: its burst, and no more besides than came back while a busy machine took its time. */
const within = (burst: number, perMinute: number) => {
  const since = performance.now();
  return (count: number): void => {
    expect(count).toBeGreaterThanOrEqual(burst);
    expect(count).toBeLessThanOrEqual(burst + Math.ceil(((performance.now() - since) * perMinute) / 60_000));
  };
};

describe("a key", () => {
  test("that asks too often is told when to come back, and other keys of the tenant are not held back", async () => {
    const sample = await open({ requestsPerKey: 20 });
    const expectWithin = within(2, 20);
    expectWithin(await countOf(200, 60, () => get(sample, sample.tenant)));
    const refusals = await Promise.all(Array.from({ length: 20 }, () => get(sample, sample.tenant)));
    const refused = refusals.find(({ statusCode }) => statusCode === 429);
    expect(refused?.headers["content-type"]).toBe("application/problem+json; charset=utf-8");
    expect(refused?.json()).toMatchObject({ type: "urn:levain:problem:too-many-requests", status: 429 });
    expect(Number(refused?.headers["retry-after"])).toBeGreaterThanOrEqual(1);
    const second = await sample.db.keys.issue({ role: "tenant", tenantId: TENANT, label: "second till" });
    expect((await get(sample, { "x-api-key": second.secret })).statusCode).toBe(200);
  });

  test("of a tenant uses the tenant's allowance, which all of its keys share and no other tenant's touch", async () => {
    const sample = await open({ requestsPerTenant: 20 });
    const second = await sample.db.keys.issue({ role: "tenant", tenantId: TENANT, label: "second till" });
    const expectWithin = within(2, 20);
    const [one, other] = await Promise.all([countOf(200, 30, () => get(sample, sample.tenant)), countOf(200, 30, () => get(sample, { "x-api-key": second.secret }))]);
    expectWithin(one + other);
    expect((await get(sample, sample.otherTenant, RUNS.replace(TENANT, OTHER_TENANT))).statusCode).toBe(200);
    expect(await countOf(200, 20, () => get(sample, sample.operator))).toBe(20);
  });
});

test("starting runs · is allowed so often a minute; a start that is refused costs nothing", async () => {
  const { server, tenant } = await open({ runStartsPerTenant: 3 });
  const start = () => server.inject({ method: "POST", url: RUNS, headers: tenant, payload: {} });
  const expectWithin = within(3, 3);
  let accepted = 0;
  let answer = await start();
  for (; answer.statusCode === 202; answer = await start()) {
    accepted += 1;
    // Whether it is the open run or the allowance that stands in the way: nothing is used up by asking.
    for (let poll = 0; poll < 5; poll++) expect([409, 429]).toContain((await start()).statusCode);
    expect((await server.inject({ method: "POST", url: `${RUNS}/${answer.json().id}/cancel`, headers: tenant })).statusCode).toBe(200);
  }
  expectWithin(accepted);
  expect([answer.statusCode, answer.json().type, Number(answer.headers["retry-after"]) >= 1]).toEqual([429, "urn:levain:problem:too-many-requests", true]);
  expect((await server.inject({ url: RUNS, headers: tenant })).statusCode).toBe(200);
});

describe("keys that open nothing", () => {
  test("are counted by address, at the operators' door as well, and hold back nobody elsewhere", async () => {
    const sample = await open({ failedKeysPerAddress: 5 });
    const guess = () => get(sample, { "x-api-key": `lvn_0123456789abcdef_${"A".repeat(43)}` });
    const expectWithin = within(5, 5);
    let refused = 0;
    let answer = await guess();
    for (; answer.statusCode === 401; answer = await guess()) refused += 1;
    expectWithin(refused);
    expect([answer.statusCode, Number(answer.headers["retry-after"]) >= 1]).toEqual([429, true]);
    const elsewhere = await sample.server.inject({ url: RUNS, headers: sample.tenant, remoteAddress: "192.0.2.7" });
    expect(elsewhere.statusCode).toBe(200);
    const knock = () => sample.server.inject({ method: "POST", url: "/ops/login", headers: { "content-type": "application/x-www-form-urlencoded" }, payload: "key=lvn_x" });
    expect(await countOf(429, 20, knock)).toBeGreaterThan(0);
  });

  test("are not those of requests that bring none", async () => {
    const sample = await open({ failedKeysPerAddress: 1 });
    expect(await countOf(401, 5, () => get(sample, {}))).toBe(5);
    expect((await get(sample, sample.tenant)).statusCode).toBe(200);
  });
});
