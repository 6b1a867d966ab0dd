import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { claimed, openSampleBakery, productsOf, skipped, startedRun, type SampleBakery } from "./sample-bakery.js";

let world: SampleBakery;
beforeEach(async () => {
  world = await openSampleBakery(inject("postgresUrl"));
});
afterEach(() => world.close());

describe("what the queue was told", () => {
  test("of product trainings is remembered, and raised only for those that have not ended", async () => {
    const { bakery, db } = world;
    const runId = await startedRun(bakery, productsOf(3));
    await db.runs.markProductsEnqueued(runId, ["bread-1", "bread-2"]);
    const { attempt, fence } = await claimed(bakery, runId, "bread-1");
    await bakery.commit(runId, "bread-1", attempt, fence, skipped);
    await claimed(bakery, runId, "bread-2");

    expect(await db.runs.openProductTrainings(runId)).toEqual([
      { productId: "bread-2", rank: 2, generation: 1, status: "running", enqueuedAt: expect.any(Date), claimedAt: expect.any(Date) },
      { productId: "bread-3", rank: 3, generation: 1, status: "queued", enqueuedAt: null, claimedAt: null },
    ]);
    const raised = await db.runs.raiseProductGenerations(runId, ["bread-1", "bread-3"]);
    expect(raised).toEqual([{ productId: "bread-3", rank: 3, generation: 2 }]);
  });

  test("of a run's start is remembered, and raised only while it is open", async () => {
    const { bakery, db } = world;
    const runId = await startedRun(bakery, productsOf(1));
    await db.runs.markEnqueued(runId);
    expect(await db.runs.raiseGeneration(runId)).toBe(2);
    expect(await db.runs.openRuns()).toMatchObject([{ id: runId, generation: 2, enqueuedAt: expect.any(Date), productsOpen: 1 }]);
    await bakery.cancelRun(runId);
    expect(await db.runs.raiseGeneration(runId)).toBeNull();
    expect(await db.runs.find("00000000-0000-4000-8000-000000000000")).toBeNull();
  });
});
