import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { openSampleBakery, productOf, trained, trainedModel, type SampleBakery } from "./sample-bakery.js";

let world: SampleBakery;
beforeAll(async () => {
  world = await openSampleBakery(inject("postgresUrl"));
});
afterAll(() => world.close());

/** A model that was told of so many sales on one day, and took the champion's place or did not. */
const train = (number: number, actual: number, becomesChampion: boolean) =>
  trainedModel(world.bakery, productOf(number), trained({ becomesChampion, evidence: { recent: [{ day: "2026-05-01", actual }], weeks: { firstDay: "2026-04-30", totals: [actual] }, folds: [], ahead: [], components: [] } }));

describe("what models were told", () => {
  test("is known of the champion, with its forecast, and of those after it that did not take its place, the newest first", async () => {
    await train(1, 10, true);
    await train(1, 99, false);
    await train(1, 11, true);
    for (const actual of [22, 23]) await train(1, actual, false);
    const memory = await world.bakery.memory(productOf(1).id);
    const { forecast } = trained();
    expect(memory?.champion).toEqual({ cutoff: "2026-05-01", recent: [{ day: "2026-05-01", actual: 11 }], weeks: { firstDay: "2026-04-30", totals: [11] }, forecast });
    expect(memory?.later.map(({ recent }) => recent[0]?.actual)).toEqual([23, 22]);
    expect(await world.db.asTenant("other-bakery").memory(productOf(1).id)).toBeNull();
  });

  test("is nothing without a champion, and less of one that is older than weeks", async () => {
    expect(await world.bakery.memory(productOf(2).id)).toBeNull();
    await trainedModel(world.bakery, productOf(3), trained());
    expect((await world.bakery.memory(productOf(3).id))?.champion).toMatchObject({ recent: [] });
  });
});
