/** The typed client against a real fleet: from a webhook and a run to its models, and what a refusal looks like. */
import { ApiProblem, connectLevain, everyItem, type Levain } from "@levain/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openWorld, type World, type WorldTenant } from "./world.js";

describe("the typed client", () => {
  let world: World;
  let tenant: WorldTenant;
  let levain: Levain;
  beforeAll(async () => {
    world = await openWorld({ env: { WEBHOOK_SECRET: "the fleet's own secret of this story" } });
    tenant = await world.addTenant("demo-bakery");
    levain = connectLevain(world.url, tenant.key);
  });
  afterAll(() => world?.close());

  it("starts a run, follows it and reads what came of it", async () => {
    const path = { tenantId: tenant.id };
    const run = await levain.post("/v1/tenants/{tenantId}/training-runs", { params: { path }, body: { cutoff: tenant.lastDay } });
    const types: string[] = [];
    for await (const { event } of levain.follow(tenant.id, run.id)) types.push(event.type);
    expect([types[0], types.at(-1)]).toEqual(["run.accepted", "run.finished"]);

    const ended = await levain.get("/v1/tenants/{tenantId}/training-runs/{runId}", { params: { path: { ...path, runId: run.id } } });
    const products: string[] = [];
    for await (const { id } of everyItem((cursor) => levain.get("/v1/tenants/{tenantId}/products", { params: { path, query: { limit: 3, cursor } } }))) products.push(id);
    expect([ended.status, new Set(products).size]).toEqual(["finished", ended.totals.products]);
    const forecast = await levain.get("/v1/tenants/{tenantId}/products/{productId}/forecast", { params: { path: { ...path, productId: products[0] ?? "" } } });
    expect(forecast.days.length).toBeGreaterThan(0);
  });

  it("adds a webhook and deletes it", async () => {
    const path = { tenantId: tenant.id };
    const { id, secret } = await levain.post("/v1/tenants/{tenantId}/webhooks", { params: { path }, body: { url: "https://shop.example/hooks" } });
    expect(secret).toMatch(/^whsec_/);
    expect((await levain.get("/v1/tenants/{tenantId}/webhooks", { params: { path } })).items.map((webhook) => webhook.id)).toEqual([id]);
    expect(await levain.delete("/v1/tenants/{tenantId}/webhooks/{webhookId}", { params: { path: { ...path, webhookId: id } } })).toBeUndefined();
  });

  it("is refused in the words of the service", async () => {
    const missing = levain.get("/v1/tenants/{tenantId}/training-runs/{runId}", { params: { path: { tenantId: tenant.id, runId: crypto.randomUUID() } } });
    const error = await missing.then(() => null, (thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiProblem);
    expect(error).toMatchObject({ message: "Not found: expected the id of an existing training run", problem: { status: 404 } });
  });
});
