import pg from "pg";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { startFairClock } from "../../../test/fair-clock.js";
import { acceptedRun, claimed, contextOf, openSampleBakery, productsOf, startedRun, TENANT, trained, type SampleBakery } from "./sample-bakery.js";

let world: SampleBakery;
beforeEach(async () => {
  world = await openSampleBakery(inject("postgresUrl"));
});
afterEach(() => world.close());

const AN_HOUR_MS = 3_600_000;
const OVERDUE = { code: "run.deadline-passed", message: "too late" } as const;

async function sql(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: world.url });
  await client.connect();
  await client.query(statement);
  await client.end();
}

describe("what was put back", () => {
  test("is untold at once, however young, and nothing that has ended is", async () => {
    const { bakery, db } = world;
    const runId = await startedRun(bakery, productsOf(4));
    const done = await claimed(bakery, runId, "bread-1");
    await bakery.commit(runId, "bread-1", done.attempt, done.fence, trained());
    await claimed(bakery, runId, "bread-2");
    expect(await db.repairs.untoldProducts(AN_HOUR_MS, 10)).toEqual([]);
    expect(await db.repairs.putRunBack({ tenantId: TENANT, runId })).toBe(3);
    const untold = await db.repairs.untoldProducts(AN_HOUR_MS, 10);
    expect(untold.map(({ productId, rank, generation }) => [productId, rank, generation])).toEqual([["bread-2", 2, 2], ["bread-3", 3, 2], ["bread-4", 4, 2]]);
    expect(await db.repairs.untoldProducts(AN_HOUR_MS, 2)).toHaveLength(2);
  });

  test("may still be committed by the worker that held it, until somebody claims it anew", async () => {
    const { bakery, db } = world;
    const runId = await startedRun(bakery, productsOf(2));
    const [first, second] = [await claimed(bakery, runId, "bread-1"), await claimed(bakery, runId, "bread-2")];
    await db.repairs.putRunBack({ tenantId: TENANT, runId });
    await bakery.commit(runId, "bread-1", first.attempt, first.fence, trained());
    expect(await bakery.claim(runId, "bread-1", "worker-2", 2)).toBeNull();
    expect(await bakery.claim(runId, "bread-2", "worker-2", 2)).toMatchObject({ attempt: 2, lostClaims: 0 });
    await expect(bakery.commit(runId, "bread-2", second.attempt, second.fence, trained())).rejects.toMatchObject({ code: "stale-fence" });
  });

  test("is put back once by two who looked at the same time", async () => {
    const { bakery, db } = world;
    const runId = await startedRun(bakery, productsOf(3));
    await db.runs.markProductsEnqueued(runId, productsOf(3).map(({ id }) => ({ productId: id, generation: 1 })));
    const seen = await db.repairs.waitingProducts(0, null, 10);
    const counts = await Promise.all([1, 2].map(() => db.repairs.putProductsBack({ tenantId: TENANT, runId }, seen)));
    expect(counts.toSorted()).toEqual([0, 3]);
  });

  test("of an accepted run is its start; of one that started since, nothing", async () => {
    const { bakery, db } = world;
    const runId = await acceptedRun(bakery);
    expect(await db.repairs.untoldStarts(AN_HOUR_MS)).toEqual([]);
    expect(await db.repairs.untoldStarts(0)).toEqual([{ tenantId: TENANT, runId, generation: 1, requestId: null }]);
    expect(await db.repairs.putRunBack({ tenantId: TENANT, runId })).toBe(1);
    expect(await db.repairs.untoldStarts(AN_HOUR_MS)).toMatchObject([{ runId, generation: 2 }]);
    await db.runs.markEnqueued(runId, 2);
    expect(await db.repairs.waitingStarts(0)).toMatchObject([{ runId }]);
    await bakery.startRun(runId, contextOf(), productsOf(1), []);
    expect(await db.repairs.putStartBack({ tenantId: TENANT, runId })).toBe(false);
    expect([...(await db.repairs.waitingStarts(0)), ...(await db.repairs.untoldStarts(0))]).toEqual([]);
  });
});

describe("what the queue should know", () => {
  test("is looked through place by place, leaving out what is young", async () => {
    const { bakery, db } = world;
    const runId = await startedRun(bakery, productsOf(5));
    await db.runs.markProductsEnqueued(runId, productsOf(4).map(({ id }) => ({ productId: id, generation: 1 })));
    const first = await db.repairs.waitingProducts(0, null, 3);
    expect(first.map(({ rank }) => rank)).toEqual([1, 2, 3]);
    expect((await db.repairs.waitingProducts(0, first.at(-1) ?? null, 3)).map(({ rank }) => rank)).toEqual([4]);
    expect(await db.repairs.waitingProducts(AN_HOUR_MS, null, 3)).toEqual([]);
  });

  test("is asked and put back in a moment where ten thousand are open", async () => {
    const { bakery, db } = world;
    const products = productsOf(10_000);
    const runId = await startedRun(bakery, products);
    await db.runs.markProductsEnqueued(runId, products.map(({ id }) => ({ productId: id, generation: 1 })));
    const clock = startFairClock();
    expect(await db.repairs.waitingProducts(0, null, 5_000)).toHaveLength(5_000);
    expect(await db.repairs.hollowRuns()).toEqual([]);
    expect(await db.repairs.putRunBack({ tenantId: TENANT, runId })).toBe(10_000);
    expect(await db.repairs.untoldProducts(0, 1_000)).toHaveLength(1_000);
    clock.stop();
    // Measured 0.4 s on two busy cores: an order of magnitude more would be another plan.
    expect(clock.passedMs()).toBeLessThan(8_000);
  });
});

describe("a run", () => {
  test("whose deadline has passed is finished with errors: what was open has failed, late commits are refused", async () => {
    const { bakery, db } = world;
    const runId = await startedRun(bakery, productsOf(3));
    const [done, late] = [await claimed(bakery, runId, "bread-1"), await claimed(bakery, runId, "bread-2")];
    await bakery.commit(runId, "bread-1", done.attempt, done.fence, trained());
    expect(await db.repairs.overdueRuns()).toEqual([]);
    await sql("UPDATE training_runs SET deadline_at = now() - interval '1 second'");
    expect(await db.repairs.overdueRuns()).toEqual([{ tenantId: TENANT, runId, status: "running" }]);
    expect(await db.repairs.settleRun({ tenantId: TENANT, runId }, OVERDUE)).toBe(true);
    expect(await bakery.run(runId)).toMatchObject({ status: "finished", totals: { products: 3, trained: 1, failed: 2 } });
    const failed = (await bakery.productTrainings(runId, { limit: 10 })).items.filter(({ status }) => status === "failed");
    expect(failed.map(({ failure }) => failure)).toEqual([OVERDUE, OVERDUE]);
    await expect(bakery.commit(runId, "bread-2", late.attempt, late.fence, trained())).rejects.toMatchObject({ code: "stale-fence" });
    expect(await db.repairs.settleRun({ tenantId: TENANT, runId }, OVERDUE)).toBe(false);
    expect(await db.repairs.overdueRuns()).toEqual([]);
  });

  test("in which nothing is open any more is found, counted anew and finished; one in which something is stays", async () => {
    const { bakery, db } = world;
    const runId = await startedRun(bakery, productsOf(2));
    expect(await db.repairs.settleRun({ tenantId: TENANT, runId }, null)).toBe(false);
    await sql("UPDATE product_trainings SET status = 'failed', finished_at = now(), failure_code = 'unexpected', failure_message = 'by hand'");
    expect(await db.repairs.hollowRuns()).toEqual([{ tenantId: TENANT, runId }]);
    expect(await db.repairs.settleRun({ tenantId: TENANT, runId }, null)).toBe(true);
    expect(await bakery.run(runId)).toMatchObject({ status: "finished", totals: { products: 2, failed: 2 } });
    expect(await db.repairs.hollowRuns()).toEqual([]);
  });
});

describe("a product training that takes its workers down", () => {
  test("counts the claims it lost, and apart those that had the worker to themselves", async () => {
    const { bakery } = world;
    const runId = await startedRun(bakery, productsOf(1));
    expect(await bakery.claimUnsuspected(runId, "bread-1", "worker-1", 1)).toMatchObject({ attempt: 1, lostClaims: 0, lostAlone: 0 });
    expect(await bakery.claimAlone(runId, "bread-1", "worker-2", 1)).toMatchObject({ attempt: 2, lostClaims: 1, lostAlone: 0 });
    expect(await bakery.claimAlone(runId, "bread-1", "worker-3", 1)).toMatchObject({ attempt: 3, lostClaims: 2, lostAlone: 1 });
    expect(await claimed(bakery, runId, "bread-1")).toMatchObject({ lostClaims: 3, lostAlone: 2 });
    expect(await claimed(bakery, runId, "bread-1")).toMatchObject({ lostClaims: 4, lostAlone: 2 });
  });

  test("is a suspect from its first lost claim on, which nobody takes in company; one that was deferred or put back is not", async () => {
    const { bakery, db } = world;
    const runId = await startedRun(bakery, productsOf(3));
    const lost = await claimed(bakery, runId, "bread-1");
    const deferred = await claimed(bakery, runId, "bread-2");
    await bakery.defer(runId, "bread-2", deferred.attempt, "source.timeout");
    const suspects = (generation: number) => Promise.all([1, 2, 3].map((number) => bakery.isSuspect(runId, `bread-${number}`, generation)));
    expect(await suspects(1)).toEqual([true, false, false]);
    expect(await bakery.claimUnsuspected(runId, "bread-1", "worker-2", 1)).toBeNull();
    expect(await bakery.claimUnsuspected(runId, "bread-2", "worker-2", 1)).toMatchObject({ attempt: 2 });
    const alone = await bakery.claimAlone(runId, "bread-1", "worker-2", 1);
    expect(alone).toMatchObject({ attempt: lost.attempt + 1, lostClaims: 1 });
    await bakery.defer(runId, "bread-1", alone?.attempt ?? 0, "source.timeout");
    expect(await suspects(1), "once is enough").toEqual([true, true, false]);
    await db.repairs.putRunBack({ tenantId: TENANT, runId });
    expect(await suspects(2)).toEqual([true, false, false]);
    await bakery.cancelRun(runId);
    expect(await suspects(2)).toEqual([false, false, false]);
  });

  test("is held against those that lost as many alone and were trained after all", async () => {
    const { bakery, db } = world;
    const runId = await startedRun(bakery, productsOf(3));
    expect(await db.repairs.lostAloneSurvived()).toBe(0);
    for (let worker = 1; worker <= 3; worker++) await bakery.claimAlone(runId, "bread-1", `worker-${worker}`, 1);
    for (let worker = 1; worker <= 5; worker++) await bakery.claimAlone(runId, "bread-2", `worker-${worker}`, 1);
    expect(await db.repairs.lostAloneSurvived(), "nobody was trained yet").toBe(0);
    const survivor = await bakery.claimAlone(runId, "bread-1", "worker-4", 1);
    await bakery.commit(runId, "bread-1", survivor?.attempt ?? 0, survivor?.fence ?? 0n, trained());
    expect(survivor?.lostAlone).toBe(3);
    expect(await db.repairs.lostAloneSurvived()).toBe(3);
  });

  test("is set aside as dead, is shown so, and ends its run with the others", async () => {
    const { bakery } = world;
    const runId = await startedRun(bakery, productsOf(2));
    const poison = await claimed(bakery, runId, "bread-1");
    expect(await bakery.setAside(runId, "bread-1", poison.attempt, poison.fence, "its workers vanished")).toEqual({ modelId: null, runEnded: false });
    expect(await bakery.productTraining(runId, "bread-1")).toMatchObject({ status: "dead", failure: { code: "worker.vanished", message: "its workers vanished" } });
    expect(await bakery.claim(runId, "bread-1", "worker-1")).toBeNull();
    const good = await claimed(bakery, runId, "bread-2");
    expect(await bakery.commit(runId, "bread-2", good.attempt, good.fence, trained())).toMatchObject({ runEnded: true });
    expect(await bakery.run(runId)).toMatchObject({ status: "finished", totals: { products: 2, trained: 1, dead: 1, failed: 0 } });
  });
});

describe("the fleet's epoch", () => {
  test("is one, whoever asks first", async () => {
    const epochs = await Promise.all(Array.from({ length: 8 }, () => world.db.repairs.epoch()));
    expect(new Set(epochs).size).toBe(1);
    expect(epochs[0]).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe("the workload", () => {
  test("of a tenant is what its runs of the last hour came to, also when they were cancelled; of the fleet, what is open", async () => {
    const { bakery, db } = world;
    expect(await db.workload.of(TENANT)).toEqual({ tenantHourly: 0, tenantEasesInMs: 0, fleetOpen: 0 });
    await bakery.cancelRun(await startedRun(bakery, productsOf(3)));
    await startedRun(bakery, productsOf(2));
    const { tenantHourly, tenantEasesInMs, fleetOpen } = await db.workload.of(TENANT);
    expect([tenantHourly, fleetOpen]).toEqual([5, 2]);
    expect(tenantEasesInMs).toBeGreaterThan(3_500_000);
    expect(await db.workload.of("nobody")).toEqual({ tenantHourly: 0, tenantEasesInMs: 0, fleetOpen: 2 });
    await sql("UPDATE training_runs SET accepted_at = now() - interval '61 minutes'");
    expect(await db.workload.of(TENANT)).toMatchObject({ tenantHourly: 0, fleetOpen: 2 });
  });
});
