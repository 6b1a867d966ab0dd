import { afterEach, describe, expect, inject, test } from "vitest";
import { openSampleProducer, productOf, RUNS, startRunOf, TENANT, type SampleProducer } from "./sample-producer.js";
import { WORK_LIMITS, type WorkLimits } from "./work-limits.js";

let producer: SampleProducer;
const open = async (workLimits: Partial<WorkLimits>): Promise<void> => {
  producer = await openSampleProducer({ postgresUrl: inject("postgresUrl"), redisUrl: inject("redisUrl"), settings: { workLimits: { ...WORK_LIMITS, ...workLimits } } });
};
afterEach(() => producer.close());

const ask = (tenantId = TENANT, headers: Record<string, string> = producer.tenant) =>
  producer.server.inject({ method: "POST", url: RUNS.replace(TENANT, tenantId), headers });

/** Starts a run of three products and cancels it. */
async function startAndCancel(): Promise<void> {
  const { id } = (await ask()).json<{ id: string }>();
  await startRunOf(producer.db, id, ["rye", "bagel", "croissant"].map(productOf));
  await producer.db.forTenant(TENANT).cancelRun(id);
}

describe("a tenant that starts and cancels again and again", () => {
  test("is told to come later, and when; another tenant is not", async () => {
    await open({ tenantProductsPerHour: 6 });
    await startAndCancel();
    await startAndCancel();
    const answer = await ask();
    expect([answer.statusCode, answer.json()]).toMatchObject([429, { type: "urn:levain:problem:tenant-busy", detail: expect.stringContaining("expected fewer than 6 product trainings within an hour, got 6") }]);
    const seconds = Number(answer.headers["retry-after"]);
    expect(seconds).toBeGreaterThan(3_000);
    expect(seconds).toBeLessThanOrEqual(3_600);
    expect((await ask("other-bakery", producer.otherTenant)).statusCode).toBe(202);
  });

  test("is let through where an operator set no limit", async () => {
    await open({ tenantProductsPerHour: 0, fleetProductsOpen: 0 });
    await startAndCancel();
    expect((await ask()).statusCode).toBe(202);
  });
});

describe("a fleet that is full", () => {
  test("accepts no run of anybody, and says when to come again", async () => {
    await open({ fleetProductsOpen: 3 });
    const { id } = (await ask()).json<{ id: string }>();
    await startRunOf(producer.db, id, ["rye", "bagel", "croissant"].map(productOf));
    const answer = await ask("other-bakery", producer.otherTenant);
    expect([answer.statusCode, answer.json(), answer.headers["retry-after"]]).toMatchObject([503, { type: "urn:levain:problem:fleet-busy" }, "30"]);
    await producer.db.forTenant(TENANT).cancelRun(id);
    expect((await ask("other-bakery", producer.otherTenant)).statusCode).toBe(202);
  });
});
