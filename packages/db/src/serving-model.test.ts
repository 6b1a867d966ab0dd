import { Failure } from "@levain/contracts";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { openDb } from "./open.js";
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
    await spoil(flipped, "sha256 = repeat('a', 64)");
    await spoil(cut, "bytes = bytes + 1");

    const serving = await bakery.servingModel(bread.id);
    expect(serving?.model).toMatchObject({ id: good, family: "the good one", isChampion: false });
    expect(serving?.refused).toEqual([
      { id: cut, reason: expect.stringMatching(/^expected \d+ bytes/) },
      { id: flipped, reason: expect.stringMatching(/^expected SHA-256 [0-9a-f]{64}/) },
    ]);
    expect(world.refused).toEqual(serving?.refused);
    expect((await bakery.models(bread.id, { limit: 9 })).items.map(({ id, refusedReason }) => ({ id, reason: refusedReason }))).toEqual([...world.refused, { id: good, reason: null }]);
  });

  test("is told once of a model that goes out of service, however many find it at once, and its tenant's webhooks too", async () => {
    const { bakery } = world;
    await client.query("INSERT INTO webhook_endpoints (tenant_id, url, kinds) VALUES ('corner-bakery', 'https://till.example/', ARRAY['artifact.refused'])");
    const good = await trainedModel(bakery, bread);
    const spoiled = await trainedModel(bakery, bread);
    await spoil(spoiled, "sha256 = repeat('a', 64)");
    const own = world.db.asTenant("corner-bakery");
    const served = await Promise.all(Array.from({ length: 16 }, () => own.servingModel(bread.id)));
    for (const serving of served) expect(serving).toMatchObject({ model: { id: good }, refused: [{ id: spoiled }] });
    expect(world.refused).toHaveLength(1);
    const { rows } = await client.query("SELECT data FROM webhook_messages WHERE kind = 'artifact.refused'");
    expect(rows).toEqual([{ data: { productId: bread.id, modelId: spoiled, version: 2, reason: world.refused[0]?.reason } }]);
  });

  test("stays out of service until a person promotes it and it is found whole again", async () => {
    const { bakery } = world;
    const good = await trainedModel(bakery, bread);
    const spoiled = await trainedModel(bakery, bread);
    const { rows } = await client.query("SELECT sha256 FROM models WHERE id = $1", [spoiled]);
    await spoil(spoiled, "sha256 = repeat('a', 64)");
    expect((await bakery.servingModel(bread.id))?.model.id).toBe(good);
    expect(await bakery.champion(bread.id)).toMatchObject({ modelId: spoiled, isRefused: true });
    await spoil(spoiled, `sha256 = '${rows[0].sha256}'`);
    expect((await bakery.servingModel(bread.id))?.model.id).toBe(good);
    const person = { role: "operator", keyId: "k", reason: "restored from a copy" } as const;
    expect(await world.db.asTenant("corner-bakery").promote(bread.id, spoiled, person)).toBe("unchanged");
    expect(await bakery.servingModel(bread.id)).toMatchObject({ model: { id: spoiled, refusedReason: null }, refused: [] });
  });

  test("of before the artifact store is verified from its row", async () => {
    const { bakery } = world;
    const good = await trainedModel(bakery, bread);
    const old = await trainedModel(bakery, bread);
    await client.query("UPDATE models SET artifact = $2 WHERE id = $1", [old, trained().artifact]);
    expect((await bakery.servingModel(bread.id))?.model.id).toBe(old);
    await spoil(old, "artifact = replace(artifact, '0.1', '0.2')");
    expect((await bakery.servingModel(bread.id))?.model.id).toBe(good);
  });

  test("is nobody's word while the artifacts cannot be reached: nothing goes out of service", async () => {
    const { bakery, url } = world;
    const model = await trainedModel(bakery, bread);
    const unavailable = new Failure("artifact.unavailable", "away");
    const away = openDb({ url, poolMax: 2, applicationName: "levain-test" }, { load: () => Promise.reject(unavailable), onRefused: () => expect.fail("nothing was refused") });
    await expect(away.forTenant("corner-bakery").servingModel(bread.id)).rejects.toBe(unavailable);
    await expect(away.forTenant("corner-bakery").promote(bread.id, model, { role: "operator", keyId: "k", reason: "r" })).rejects.toBe(unavailable);
    await away.close();
    expect((await bakery.servingModel(bread.id))?.model.id).toBe(model);
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
