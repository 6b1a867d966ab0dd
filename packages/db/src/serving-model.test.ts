import pg from "pg";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { openSampleBakery, productOf, trained, trainedModel, type SampleBakery } from "./sample-bakery.js";

let world: SampleBakery;
let client: pg.Client;
beforeEach(async () => {
  world = await openSampleBakery(inject("postgresUrl"));
  client = new pg.Client({ connectionString: world.url });
  await client.connect();
});
afterEach(async () => {
  await client.end();
  await world.close();
});

const bread = productOf(1);
const spoil = (modelId: string, assignment: string) => client.query(`UPDATE models SET ${assignment} WHERE id = $1`, [modelId]);

describe("the serving model", () => {
  test("is the champion before it when the newest was altered in any way", async () => {
    const { bakery } = world;
    const good = await trainedModel(bakery, bread, trained({ family: "the good one" }));
    const flipped = await trainedModel(bakery, bread);
    const cut = await trainedModel(bakery, bread);
    await spoil(flipped, "artifact = replace(artifact, '0.1', '0.2')");
    await spoil(cut, "artifact = left(artifact, -1)");

    const serving = await bakery.servingModel(bread.id);
    expect(serving?.model).toMatchObject({ id: good, family: "the good one", isChampion: false });
    expect(serving?.refused).toEqual([
      { id: cut, reason: expect.stringMatching(/^expected \d+ bytes/) },
      { id: flipped, reason: expect.stringMatching(/^expected SHA-256 [0-9a-f]{64}/) },
    ]);
  });

  test("is the champion before it when the newest one's forecast holds no number", async () => {
    const { bakery } = world;
    const good = await trainedModel(bakery, bread);
    const empty = await trainedModel(bakery, bread);
    await client.query("UPDATE forecasts SET quantiles = '[[1, 2], [null, 2], [3, 4]]' WHERE model_id = $1", [empty]);
    expect(await bakery.servingModel(bread.id)).toMatchObject({ model: { id: good }, refused: [{ id: empty, reason: expect.stringContaining("finite numbers") }] });
  });

  test("is never a challenger that lost, even when every champion was altered", async () => {
    const { bakery } = world;
    const champion = await trainedModel(bakery, bread);
    await trainedModel(bakery, bread, trained({ becomesChampion: false, decision: "worse" }));
    expect((await bakery.servingModel(bread.id))?.model.id).toBe(champion);
    await spoil(champion, "sha256 = repeat('0', 64)");
    expect(await bakery.servingModel(bread.id)).toBeNull();
  });

  test("cannot change places with another product's", async () => {
    const { bakery } = world;
    const ours = await trainedModel(bakery, bread);
    const theirs = await trainedModel(bakery, productOf(2));
    const swap = client.query("UPDATE champions SET model_id = $1 WHERE model_id = $2", [theirs, ours]);
    await expect(swap).rejects.toMatchObject({ constraint: "champions_tenant_id_product_id_model_id_fkey" });
  });

  test("does not exist for a product that was never trained", async () => {
    expect(await world.bakery.servingModel(bread.id)).toBeNull();
    expect(await world.bakery.champion(bread.id)).toBeNull();
  });
});
