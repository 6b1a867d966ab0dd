import type { TrainingOutcome } from "@levain/contracts";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { claimed, openSampleBakery, productOf, REPORT, startedRun, trained, trainedModel, type SampleBakery } from "./sample-bakery.js";

let world: SampleBakery;
beforeAll(async () => {
  world = await openSampleBakery(inject("postgresUrl"));
});
afterAll(() => world.close());

/** A model that was told of so many sales on one day, and took the champion's place or did not. */
const train = (number: number, actual: number, becomesChampion: boolean, held: Partial<Extract<TrainingOutcome, { kind: "trained" }>> = {}) =>
  trainedModel(
    world.bakery,
    productOf(number),
    trained({
      ...held,
      becomesChampion,
      evidence: { recent: [{ day: "2026-05-01", actual }], weeks: { firstDay: "2026-04-30", totals: [actual] }, folds: [], ahead: [], components: [] },
    }),
  );

describe("what models were told", () => {
  test("is known of the champion, with its forecast, and of those after it that did not take its place, the newest first", async () => {
    await train(1, 10, true);
    await train(1, 99, false);
    const parentId = await train(1, 11, true);
    await train(1, 22, false);
    await train(1, 23, false, { parentId, heldFor: "shop" });
    const memory = await world.bakery.memory(productOf(1).id);
    const { forecast } = trained();
    expect(memory?.champion).toEqual({ cutoff: "2026-05-01", recent: [{ day: "2026-05-01", actual: 11 }], weeks: { firstDay: "2026-04-30", totals: [11] }, forecast });
    expect(memory?.later.map(({ recent, heldFor }) => [recent[0]?.actual, heldFor])).toEqual([[23, "shop"], [22, null]]);
    expect(await world.db.asTenant("other-bakery").memory(productOf(1).id)).toBeNull();
  });

  test("of a product's company is how many that sell more were begun, and how many of those are held for their own sales", async () => {
    const products = [11, 12, 13, 14].map(productOf);
    const runId = await startedRun(world.bakery, products);
    const ranked = (await world.bakery.productTrainings(runId, { limit: 10 })).items.map(({ productId }) => productId);
    const last = ranked.at(-1) ?? "";
    expect(await world.bakery.shopSoFar(runId, last)).toEqual({ begun: 0, held: 0, noneChance: 1 });
    for (const productId of ranked) await claimed(world.bakery, runId, productId);
    for (const productId of [...ranked.slice(1, 2), last]) await world.bakery.noteSales(runId, productId, { isHeld: true, noneChance: null });
    expect(await world.bakery.shopSoFar(runId, last), "not itself").toEqual({ begun: 3, held: 1, noneChance: null });
    expect(await world.bakery.shopSoFar(runId, ranked[1] ?? "")).toEqual({ begun: 1, held: 0, noneChance: null });
    expect(await world.db.asTenant("other-bakery").shopSoFar(runId, last)).toEqual({ begun: 0, held: 0, noneChance: 1 });
    await world.bakery.failRun(runId, "cancelled", "the test is over");
  });

  test("of a product's company is how likely it was that nothing was sold of any, once each has told so", async () => {
    const products = [15, 16, 17].map(productOf);
    const models = new Map<string, string>();
    for (const product of products) models.set(product.id, await trainedModel(world.bakery, product));
    const runId = await startedRun(world.bakery, products);
    const [best = "", kept = "", last = ""] = (await world.bakery.productTrainings(runId, { limit: 10 })).items.map(({ productId }) => productId);
    for (const productId of [best, last]) await claimed(world.bakery, runId, productId);
    const { attempt, fence } = await claimed(world.bakery, runId, kept);
    const chance = async (): Promise<number | null> => (await world.bakery.shopSoFar(runId, last)).noneChance;
    await world.bakery.noteSales(runId, kept, { isHeld: false, noneChance: 0.25 });
    await world.bakery.commit(runId, kept, attempt, fence, { kind: "unchanged", reason: "pinned", keptModelId: models.get(kept) ?? "", report: REPORT });
    expect(await chance(), "the best has not told").toBeNull();
    await world.bakery.noteSales(runId, best, { isHeld: true, noneChance: 0.1 });
    expect(await chance(), "with one that keeps its model").toBeCloseTo(0.025);
    expect(await world.bakery.shopSoFar(runId, last)).toMatchObject({ begun: 1, held: 1 });
    await world.bakery.failRun(runId, "cancelled", "the test is over");
  });

  test("is nothing without a champion, and less of one that is older than weeks", async () => {
    expect(await world.bakery.memory(productOf(2).id)).toBeNull();
    await trainedModel(world.bakery, productOf(3), trained());
    expect((await world.bakery.memory(productOf(3).id))?.champion).toMatchObject({ recent: [] });
  });
});
