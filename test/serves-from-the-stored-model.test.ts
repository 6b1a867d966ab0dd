/** What a worker keeps with a model is all that the producer needs to forecast with it, also when every source is gone. */
import { ForecastView, WhatIfView } from "@levain/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openWorld, type World, type WorldTenant } from "./world.js";

/** One with promotions of its own, and one without. */
const PRODUCTS = ["sourdough-loaf", "croissant"];

describe("a model trained by a worker", () => {
  let world: World;
  let bakery: WorldTenant;
  const path = (productId: string): string => `/v1/tenants/${bakery.id}/products/${productId}/forecast`;

  beforeAll(async () => {
    world = await openWorld({ workers: 1 });
    bakery = await world.addTenant("demo-bakery");
    const run = await bakery.startRun({ productIds: PRODUCTS });
    await bakery.untilFinished(run.id);
  });
  afterAll(() => world?.close());

  it("forecasts in the producer what it forecast in the worker, for a product with a calendar of its own and for one without", async () => {
    for (const productId of PRODUCTS) {
      const stored = await bakery.api.call("GET", path(productId), ForecastView);
      const computed = await bakery.api.call("GET", `${path(productId)}?horizon=14`, ForecastView);
      expect(computed.days.map(({ day }) => day)).toEqual(stored.days.map(({ day }) => day));
      for (const [i, day] of computed.days.entries()) expect(day.median).toBeCloseTo(stored.days[i]?.median ?? Number.NaN, 3);
    }
  });

  it("forecasts 28 days and what would be in a promotion, and asks no source for it", async () => {
    const before = await world.requests();
    const far = await bakery.api.call("GET", `${path("sourdough-loaf")}?horizon=28&quantiles=0.9&components=true`, ForecastView);
    // Less four Sundays, and at the turn of the year four holidays besides.
    expect(far.days.length).toBeGreaterThanOrEqual(20);
    for (const { median, components = [] } of far.days) expect(components.reduce((total, { units }) => total + units, 0)).toBeCloseTo(median, 6);
    const promoted = await bakery.api.call("POST", `${path("sourdough-loaf")}/what-if`, WhatIfView, { days: far.days.map(({ day }) => ({ day, drivers: { promotion: 1 } })), horizon: 28 });
    const sum = (of: (day: WhatIfView["days"][number]) => number): number => promoted.days.reduce((total, day) => total + of(day), 0);
    // Promotions are three days in 35, and sell seven in ten more.
    expect(sum(({ difference }) => difference.units)).toBeGreaterThan(0.2 * sum(({ standing }) => standing.median));
    expect(await world.requests()).toEqual(before);
  });
});
