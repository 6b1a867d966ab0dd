import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FleetProcess } from "../apps/cli/src/up/fleet-process.js";
import { openWorld, type World, type WorldTenant } from "./world.js";

describe("a worker that is told to stop", () => {
  let world: World;
  let bakery: WorldTenant;

  beforeAll(async () => {
    world = await openWorld({ workers: 2 });
    bakery = await world.addTenant("simulated-40x730");
  });
  afterAll(() => world?.close());

  it("ends by itself in mid-run, and the run goes on without a failure or a product lost", async () => {
    const run = await bakery.startRun();
    await bakery.until(run.id, (event) => event.type === "product.trained");
    const [leaving] = world.workers;
    await leaving?.close();
    const lines = await world.logOf(leaving as FleetProcess);
    expect(lines.some((line) => line["message"] === "process stopped" && line["exitCode"] === 0)).toBe(true);
    const ended = await bakery.untilFinished(run.id);
    expect(ended.status).toBe("finished");
    expect(ended.totals).toMatchObject({ failed: 0, cancelled: 0 });
    expect(ended.totals.trained + ended.totals.skipped).toBe(40);
  });
});
