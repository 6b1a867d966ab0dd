import { Failure, type Finding } from "@levain/contracts";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { acceptedRun, claimed, contextOf, openSampleBakery, productOf, productsOf, startedRun, trained, type SampleBakery } from "./sample-bakery.js";

let world: SampleBakery;
beforeEach(async () => {
  world = await openSampleBakery(inject("postgresUrl"));
});
afterEach(() => world.close());

const finding: Finding = { code: "few-products", severity: "warning", count: 1, examples: [], message: "Only one product" };

describe("starting a run", () => {
  test("raises the fence and writes context, findings and one product training per product", async () => {
    const { bakery, db } = world;
    const runId = await acceptedRun(bakery);
    const started = await bakery.startRun(runId, contextOf(), productsOf(3), [finding]);
    expect(started).toEqual({
      fence: 1n,
      startedNow: true,
      products: [1, 2, 3].map((rank) => ({ productId: `bread-${rank}`, rank, generation: 1 })),
    });
    expect(await bakery.run(runId)).toMatchObject({ status: "running", absentSources: ["traffic"], findings: [finding], totals: { products: 3, trained: 0 } });
    expect(await bakery.runContext(runId)).toEqual(contextOf());
    expect(await db.runs.find(runId)).toMatchObject({ fence: 1n, productsOpen: 3 });
  });

  test("done by several workers at once happens once", async () => {
    const { bakery } = world;
    const runId = await acceptedRun(bakery);
    const starts = await Promise.all(productsOf(6).map((_, index) => bakery.startRun(runId, contextOf(), productsOf(index + 1), [])));
    const first = starts.find(({ startedNow }) => startedNow);
    expect(starts.filter(({ startedNow }) => startedNow)).toHaveLength(1);
    for (const start of starts) expect(start).toEqual({ ...first, startedNow: expect.any(Boolean) });
  });

  test("done again deals only what has not ended", async () => {
    const { bakery } = world;
    const runId = await startedRun(bakery, productsOf(3));
    const { attempt, fence } = await claimed(bakery, runId, "bread-2");
    await bakery.commit(runId, "bread-2", attempt, fence, trained());
    const again = await bakery.startRun(runId, contextOf(), productsOf(3), []);
    expect(again.products.map(({ productId }) => productId)).toEqual(["bread-1", "bread-3"]);
    expect(again.startedNow).toBe(false);
  });

  test("puts those that sell most first, then the till's order", async () => {
    const { bakery } = world;
    const first = await startedRun(bakery, productsOf(4));
    for (const [productId, units] of [["bread-1", 1], ["bread-3", 30], ["bread-4", 5]] as const) {
      const { attempt, fence } = await claimed(bakery, first, productId);
      await bakery.commit(first, productId, attempt, fence, trained({ forecast: { days: ["2026-05-02"], levels: [0.1, 0.5], values: [[99], [units]] } }));
    }
    await bakery.cancelRun(first);
    const runId = await acceptedRun(bakery);
    const { products } = await bakery.startRun(runId, contextOf(), [productOf(9), ...productsOf(4)], []);
    expect(products.map(({ productId }) => productId)).toEqual(["bread-3", "bread-4", "bread-1", "bread-9", "bread-2"]);
  });

  test("takes a product that the till lists twice once, and follows its new name", async () => {
    const { bakery } = world;
    await bakery.cancelRun(await startedRun(bakery, [productOf(1)]));
    const renamed = { ...productOf(1), name: "Rye", isDiscontinued: true, hasOwnEvents: true };
    const runId = await startedRun(bakery, [renamed, productOf(2), renamed]);
    expect((await bakery.run(runId))?.totals.products).toBe(2);
    expect((await claimed(bakery, runId, "bread-1")).product).toEqual(renamed);
  });

  test("without products finishes at once", async () => {
    const runId = await acceptedRun(world.bakery);
    expect(await world.bakery.startRun(runId, contextOf(), [], [])).toEqual({ fence: 1n, startedNow: true, products: [] });
    expect(await world.bakery.run(runId)).toMatchObject({ status: "finished", totals: { products: 0 } });
  });

  test("that was cancelled before is refused and writes nothing", async () => {
    const runId = await acceptedRun(world.bakery);
    expect(await world.bakery.cancelRun(runId)).toBe(true);
    await expect(world.bakery.startRun(runId, contextOf(), productsOf(2), [])).rejects.toEqual(expect.objectContaining({ constructor: Failure, code: "cancelled" }));
    expect((await world.bakery.products({ limit: 5 })).items).toEqual([]);
  });
});

describe("stopping a run", () => {
  test("cancels what is open in it, keeps what has ended, and frees the tenant", async () => {
    const { bakery, db } = world;
    const runId = await startedRun(bakery, productsOf(4));
    const done = await claimed(bakery, runId, "bread-1");
    await bakery.commit(runId, "bread-1", done.attempt, done.fence, trained());
    await claimed(bakery, runId, "bread-2");
    const waiting = await claimed(bakery, runId, "bread-3");
    await bakery.defer(runId, "bread-3", waiting.attempt, "source.breaker-open");

    expect(await bakery.cancelRun(runId)).toBe(true);
    expect(await bakery.cancelRun(runId)).toBe(false);
    expect(await bakery.run(runId)).toMatchObject({ status: "cancelled", failure: null, totals: { products: 4, trained: 1, cancelled: 3 } });
    const { items } = await bakery.productTrainings(runId, { limit: 10 });
    expect(items.map(({ status }) => status)).toEqual(["trained", "cancelled", "cancelled", "cancelled"]);
    expect(await bakery.claim(runId, "bread-4", "worker-1")).toBeNull();
    expect(await db.runs.openRuns()).toEqual([]);

    const next = await acceptedRun(bakery);
    expect((await bakery.startRun(next, contextOf(), productsOf(1), [])).fence).toBe(3n);
  });

  test("for a reason fails what is open in it with that reason", async () => {
    const { bakery } = world;
    const runId = await startedRun(bakery, productsOf(2));
    expect(await bakery.failRun(runId, "run.deadline-passed", "not done by six")).toBe(true);
    const failure = { code: "run.deadline-passed", message: "not done by six" };
    expect(await bakery.run(runId)).toMatchObject({ status: "failed", failure, totals: { products: 2, failed: 2 } });
    expect((await bakery.productTrainings(runId, { limit: 10 })).items).toMatchObject([{ status: "failed", failure }, { status: "failed", failure }]);
  });

  test("amid claims and commits leaves every product counted once and nothing that waits in a circle", async () => {
    const { bakery } = world;
    const products = productsOf(24);
    const runId = await startedRun(bakery, products);
    let claims = 0;
    await Promise.all(
      products.map(async ({ id }) => {
        const claim = await bakery.claim(runId, id, "worker-1");
        if (++claims === 8) await bakery.cancelRun(runId);
        if (claim) await bakery.commit(runId, id, claim.attempt, claim.fence, trained()).catch((fault: unknown) => expect(fault).toMatchObject({ code: "stale-fence" }));
      }),
    );
    const run = await bakery.run(runId);
    const { items } = await bakery.productTrainings(runId, { limit: 50 });
    expect(run?.status).toBe("cancelled");
    expect(run?.totals.trained).toBe(items.filter(({ status }) => status === "trained").length);
    expect(run?.totals.cancelled).toBe(items.filter(({ status }) => status === "cancelled").length);
    expect((run?.totals.trained ?? 0) + (run?.totals.cancelled ?? 0)).toBe(24);
  });
});
