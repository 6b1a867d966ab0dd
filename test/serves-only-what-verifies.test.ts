import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ChampionView, ForecastView, ModelView, pageOf } from "@levain/contracts";
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

    // The producer has it in memory by now, and reads it anew after a restart.
    const file = join(world.artifactsFolder, bakery.id, models.find(({ id }) => id === serving.model.id)?.sha256 ?? "");
    const artifact = await readFile(file, "utf8");
    await writeFile(file, `${artifact.slice(0, 40)}7${artifact.slice(41)} `);
    expect((await bakery.api.call("GET", `${path}/forecast`, ForecastView)).model.id).toBe(serving.model.id);
    await world.restartProducer();

    const after = await bakery.api.call("GET", `${path}/forecast`, ForecastView);
    expect(after.model.id).toBe(other?.id);
    expect(after.refusedModels.map((refused) => refused.id)).toEqual([serving.model.id]);
    expect(after.refusedModels[0]?.reason).toMatch(/^expected \d+ bytes/);
    const [refused] = (await bakery.api.call("GET", `${path}/models`, pageOf(ModelView))).items.filter(({ refusedReason }) => refusedReason !== null);
    expect(refused).toMatchObject({ id: serving.model.id, refusedReason: after.refusedModels[0]?.reason });
    const metrics = await (await fetch(`${world.url}/metrics`, { headers: { authorization: `Bearer ${world.operatorKey}` } })).text();
    expect(metrics).toMatch(/^artifacts_refused_total\{[^}]*\} 1$/m);
  });
});
