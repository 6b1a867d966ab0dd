import { openLeases, type Leases } from "@levain/lease";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openWorld, type World, type WorldTenant } from "./world.js";

describe("a lease that was never released", () => {
  let world: World;
  let bakery: WorldTenant;
  let leases: Leases;

  beforeAll(async () => {
    world = await openWorld({ workers: 1 });
    bakery = await world.addTenant("simulated-2x400");
    leases = openLeases({ redisUrl: world.redisUrl, prefix: world.prefix, ttlMs: 600_000 });
  });
  afterAll(async () => {
    await leases?.close();
    await world?.close();
  });

  it("does not keep the next run waiting once the run that holds it has ended", async () => {
    const first = await bakery.startRun({ productIds: ["product-0001"] });
    await bakery.untilFinished(first.id);
    // As if the worker had died between the last commit and the release.
    expect(await leases.take(bakery.id, first.id)).toBe("taken");
    const next = await bakery.startRun({ productIds: ["product-0001"] });
    const events: string[] = [];
    for await (const { event } of bakery.api.follow(bakery.id, next.id)) events.push(event.type);
    expect(events).not.toContain("run.deferred");
    expect(events.at(-1)).toBe("run.finished");
    expect(await leases.holder(bakery.id)).toBeNull();
  });
});
