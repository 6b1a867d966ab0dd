import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { acceptedRun, claimed, openSampleBakery, productOf, productsOf, settingsOf, skipped, startedRun, trained, type SampleBakery } from "./sample-bakery.js";

let world: SampleBakery;
beforeAll(async () => {
  world = await openSampleBakery(inject("postgresUrl"));
});
afterAll(() => world.close());

describe("a claim", () => {
  test("of one product by many workers at once gives each an attempt of its own, and only the last may commit", async () => {
    const { bakery } = world;
    const runId = await startedRun(bakery, productsOf(1));
    const claims = await Promise.all(Array.from({ length: 8 }, (_, index) => claimed(bakery, runId, "bread-1", `worker-${index}`)));
    expect(claims.map(({ attempt }) => attempt).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);

    const commits = await Promise.allSettled(claims.map(({ attempt, fence }) => bakery.commit(runId, "bread-1", attempt, fence, skipped)));
    const held = claims.flatMap(({ attempt }, index) => (commits[index]?.status === "fulfilled" ? [attempt] : []));
    expect(held).toEqual([8]);
  });

  test("of a product that has ended, or whose run has not started, gives nothing", async () => {
    const { bakery } = world;
    const runId = await startedRun(bakery, productsOf(2));
    const { attempt, fence } = await claimed(bakery, runId, "bread-1");
    await bakery.commit(runId, "bread-1", attempt, fence, trained());
    expect(await bakery.claim(runId, "bread-1", "worker-1")).toBeNull();
    expect(await bakery.claim(runId, "no such product", "worker-1")).toBeNull();
    await bakery.cancelRun(runId);

    const accepted = await acceptedRun(bakery);
    expect(await bakery.claim(accepted, "bread-1", "worker-1")).toBeNull();
    await bakery.cancelRun(accepted);
  });

  test("after a deferral is not a lost one, and forgets why it was deferred", async () => {
    const { bakery } = world;
    const runId = await startedRun(bakery, productsOf(1));
    const first = await claimed(bakery, runId, "bread-1");
    expect(await bakery.defer(runId, "bread-1", first.attempt, "source.breaker-open", "sales are down")).toBe(true);
    const failure = { code: "source.breaker-open", message: "sales are down" };
    expect((await bakery.productTrainings(runId, { limit: 1 })).items).toMatchObject([{ status: "deferred", failure, finishedAt: null }]);

    const second = await claimed(bakery, runId, "bread-1");
    expect(second).toMatchObject({ attempt: 2, lostClaims: 0 });
    expect((await bakery.productTrainings(runId, { limit: 1 })).items).toMatchObject([{ status: "running", failure: null, attempts: 2 }]);
    expect((await claimed(bakery, runId, "bread-1")).lostClaims).toBe(1);
    await bakery.cancelRun(runId);
  });

  test("that was deferred can still be given up by the attempt that held it", async () => {
    const { bakery } = world;
    const runId = await startedRun(bakery, productsOf(1));
    const { attempt, fence } = await claimed(bakery, runId, "bread-1");
    await bakery.defer(runId, "bread-1", attempt, "source.timeout");
    expect(await bakery.fail(runId, "bread-1", attempt, fence, "source.timeout", "no tries left")).toEqual({ modelId: null, runEnded: true });
  });
});

describe("a tenant's view", () => {
  test("holds nothing of another tenant, whatever ids it asks with", async () => {
    const { bakery, db } = world;
    await db.tenants.put("other-bakery", settingsOf("Other Bakery"));
    const other = db.forTenant("other-bakery");
    const runId = await startedRun(bakery, [productOf(1), productOf(2)]);
    const { attempt, fence } = await claimed(bakery, runId, "bread-1");
    await bakery.commit(runId, "bread-1", attempt, fence, trained());
    const { attempt: held } = await claimed(bakery, runId, "bread-2");

    const page = { limit: 50 };
    expect(await other.run(runId)).toBeNull();
    expect(await other.product("bread-1")).toBeNull();
    expect(await other.servingModel("bread-1")).toBeNull();
    expect(await other.champion("bread-1")).toBeNull();
    expect(await other.fitMs(runId)).toBe(0);
    for (const listing of [other.runs(page), other.products(page), other.models("bread-1", page), other.productTrainings(runId, page)]) {
      expect(await listing).toEqual({ items: [], nextCursor: null });
    }
    expect(await other.claim(runId, "bread-2", "thief")).toBeNull();
    expect(await other.defer(runId, "bread-2", held, "source.timeout")).toBe(false);
    expect(await other.cancelRun(runId)).toBe(false);
    expect(await other.failRun(runId, "unexpected", "no")).toBe(false);
    await expect(other.commit(runId, "bread-2", held, fence, trained())).rejects.toMatchObject({ code: "stale-fence" });
    await expect(other.runContext(runId)).rejects.toMatchObject({ code: "job.malformed" });
    await bakery.commit(runId, "bread-2", held, fence, trained());
  });
});
