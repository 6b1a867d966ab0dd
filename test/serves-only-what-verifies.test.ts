import { ChampionView, ForecastView, ModelView, pageOf } from "@levain/contracts";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openWorld, type World, type WorldTenant } from "./world.js";

describe("a stored model that was tampered with", () => {
  let world: World;
  let bakery: WorldTenant;
  const productId = "product-0001";

  beforeAll(async () => {
    world = await openWorld({ workers: 1 });
    bakery = await world.addTenant("simulated-2x400");
    for (let runs = 0; runs < 2; runs += 1) await bakery.untilFinished((await bakery.startRun({ productIds: [productId] })).id);
  });
  afterAll(() => world?.close());

  it("is refused with the reason, and the previous one serves", async () => {
    const path = `/v1/tenants/${bakery.id}/products/${productId}`;
    // Whatever the newer one was worth, it now lies on top of the older one.
    const [newer] = (await bakery.api.call("GET", `${path}/models`, pageOf(ModelView))).items;
    await bakery.api.call("POST", `${path}/models/${newer?.id}/promote`, ChampionView);
    const models = (await bakery.api.call("GET", `${path}/models`, pageOf(ModelView))).items;
    expect(models).toHaveLength(2);
    const serving = await bakery.api.call("GET", `${path}/forecast`, ForecastView);
    const other = models.find((model) => model.id !== serving.model.id);

    const client = new pg.Client({ connectionString: world.databaseUrl });
    await client.connect();
    await client.query("UPDATE models SET artifact = overlay(artifact placing '7' from 40 for 1) || ' ' WHERE id = $1", [serving.model.id]);
    await client.end();

    const after = await bakery.api.call("GET", `${path}/forecast`, ForecastView);
    expect(after.model.id).toBe(other?.id);
    expect(after.refusedModels.map((refused) => refused.id)).toEqual([serving.model.id]);
    expect(after.refusedModels[0]?.reason).toMatch(/sha-?256|bytes/i);
  });
});
