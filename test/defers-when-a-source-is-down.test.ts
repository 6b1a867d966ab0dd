import { ForecastView, ModelView, pageOf } from "@levain/contracts";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { openWorld, type World, type WorldTenant } from "./world.js";

describe("trouble upstream", () => {
  let world: World;
  let bakery: WorldTenant;

  beforeAll(async () => {
    world = await openWorld({ workers: 1, env: { BREAKER_RESET_MS: "1000" } });
    bakery = await world.addTenant("simulated-6x400");
  });
  afterEach(() => world.clearFaults());
  afterAll(() => world?.close());

  it("trains without the weather when it is down, and the model says so", async () => {
    await world.addFault({ match: { tenant: bakery.id, source: "weather" }, kind: "500" });
    const run = await bakery.startRun();
    const ended = await bakery.untilFinished(run.id);
    expect(ended).toMatchObject({ status: "finished", absentSources: ["weather"] });
    expect(ended.totals.failed).toBe(0);
    const { items } = await bakery.api.call("GET", `/v1/tenants/${bakery.id}/products/product-0001/models`, pageOf(ModelView));
    expect(items[0]?.absentSources).toEqual(["weather"]);
    const forecast = await bakery.api.call("GET", `/v1/tenants/${bakery.id}/products/product-0001/forecast`, ForecastView);
    expect(forecast.model.absentSources).toEqual(["weather"]);
  });

  it("defers product trainings while sales are down, uses no attempt for it, and trains when they are back", async () => {
    await world.addFault({ match: { tenant: bakery.id, source: "sales" }, kind: "500" });
    const run = await bakery.startRun();
    const deferred = await bakery.until(run.id, (event) => event.type === "product.deferred");
    expect(deferred).toMatchObject({ type: "product.deferred" });
    await world.clearFaults();
    const ended = await bakery.untilFinished(run.id);
    expect(ended.status).toBe("finished");
    expect(ended.totals).toMatchObject({ failed: 0 });
    expect(ended.totals.trained).toBe(ended.totals.products - ended.totals.skipped);
  });

  it("fails only the product whose data is malformed, with a typed failure, and trains the others", async () => {
    await world.addFault({ match: { tenant: bakery.id, source: "sales", productId: "product-0002" }, kind: "malformed" });
    const run = await bakery.startRun();
    const ended = await bakery.untilFinished(run.id);
    expect(ended.totals).toMatchObject({ failed: 1 });
    const failed = (await bakery.trainings(run.id)).find((training) => training.status === "failed");
    expect(failed).toMatchObject({ productId: "product-0002", failure: { code: "source.malformed" } });
  });
});
