import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { acceptedRun, claimed, openSampleBakery, productsOf, startedRun, TENANT, type SampleBakery } from "./sample-bakery.js";

let world: SampleBakery;
beforeEach(async () => {
  world = await openSampleBakery(inject("postgresUrl"));
});
afterEach(() => world.close());

const untold = (): Promise<readonly { productId: string; generation: number }[]> => world.db.repairs.untoldProducts(0, 100);

describe("what the queue was told", () => {
  test("of a run's start is remembered for the generation it was told of, and no other", async () => {
    const { bakery, db } = world;
    const runId = await acceptedRun(bakery);
    await db.runs.markEnqueued(runId);
    expect(await db.runs.openRuns()).toMatchObject([{ id: runId, generation: 1, enqueuedAt: expect.any(Date) }]);
    await db.repairs.putRunBack({ tenantId: TENANT, runId });
    await db.runs.markEnqueued(runId);
    expect(await db.runs.find(runId)).toMatchObject({ generation: 2, enqueuedAt: null });
    await db.runs.markEnqueued(runId, 2);
    expect(await db.runs.find(runId)).toMatchObject({ generation: 2, enqueuedAt: expect.any(Date) });
    expect(await db.runs.find("00000000-0000-4000-8000-000000000000")).toBeNull();
  });

  test("of product trainings is remembered likewise", async () => {
    const { bakery, db } = world;
    const runId = await startedRun(bakery, productsOf(3));
    await db.runs.markProductsEnqueued(runId, [{ productId: "bread-1", generation: 1 }, { productId: "bread-2", generation: 1 }]);
    expect(await untold()).toMatchObject([{ productId: "bread-3", generation: 1 }]);
    await db.repairs.putProductsBack({ tenantId: TENANT, runId }, [{ productId: "bread-1", generation: 1 }]);
    await db.runs.markProductsEnqueued(runId, [{ productId: "bread-1", generation: 1 }]);
    expect(await untold()).toMatchObject([{ productId: "bread-1", generation: 2 }, { productId: "bread-3", generation: 1 }]);
  });

  test("holds for claims: a job of an older generation takes nothing", async () => {
    const { bakery, db } = world;
    const runId = await startedRun(bakery, productsOf(1));
    await db.repairs.putRunBack({ tenantId: TENANT, runId });
    expect(await bakery.claim(runId, "bread-1", "worker-1", 1)).toBeNull();
    expect(await bakery.claim(runId, "bread-1", "worker-1", 2)).toMatchObject({ attempt: 1, lostClaims: 0 });
    expect(await claimed(bakery, runId, "bread-1")).toMatchObject({ attempt: 2, lostClaims: 1 });
  });
});
