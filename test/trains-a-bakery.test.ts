/** The main story: a bakery asks, every product is trained or skipped with a reason, and the forecast is served. */
import { ForecastView, ModelView, pageOf, ProductView, type NumberedEvent, type ProductTrainingView, type RunView } from "@levain/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openWorld, type World, type WorldTenant } from "./world.js";

describe("a training run of the demo bakery", () => {
  let world: World;
  let bakery: WorldTenant;
  let accepted: RunView;
  let run: RunView;
  let trainings: ProductTrainingView[];
  const events: NumberedEvent[] = [];

  beforeAll(async () => {
    world = await openWorld({ workers: 2 });
    bakery = await world.addTenant("demo-bakery");
    accepted = await bakery.startRun();
    for await (const event of bakery.api.follow(bakery.id, accepted.id)) events.push(event);
    run = await bakery.untilFinished(accepted.id);
    trainings = await bakery.trainings(run.id);
  });
  afterAll(() => world?.close());

  it("is accepted before anything is trained", () => {
    expect(accepted.status).toBe("accepted");
    expect(accepted.totals.trained).toBe(0);
  });

  it("ends with every product trained or skipped with a reason", () => {
    expect(run.status).toBe("finished");
    expect(run.totals.products).toBeGreaterThanOrEqual(10);
    expect(run.totals).toMatchObject({ failed: 0, cancelled: 0 });
    expect(trainings.filter((training) => training.status === "skipped").map((training) => training.skipReason)).not.toContain(null);
    expect(new Set(trainings.map((training) => training.status))).toEqual(new Set(["trained", "skipped"]));
  });

  it("skips the product with too little history and the discontinued one", () => {
    const reasons = trainings.map((training) => training.skipReason);
    expect(reasons).toContain("too-few-observations");
    expect(reasons).toContain("product-discontinued");
  });

  it("beats the seasonal naive forecast over all trained products", () => {
    const trained = trainings.filter((training) => training.status === "trained");
    const mean = (of: (training: ProductTrainingView) => number): number => trained.reduce((sum, training) => sum + of(training), 0) / trained.length;
    expect(mean((training) => training.score?.pinball ?? NaN)).toBeLessThan(mean((training) => training.naiveScore?.pinball ?? NaN));
  });

  it("keeps a data report for each product, trained or skipped", () => {
    for (const training of trainings.filter(({ skipReason }) => skipReason !== "product-discontinued")) expect(training.report?.rows, training.productId).toBeGreaterThan(0);
  });

  it("tells its progress as numbered events, each product's end exactly once", () => {
    const ends = events.filter(({ event }) => event.type === "product.trained" || event.type === "product.skipped");
    expect(ends).toHaveLength(run.totals.products);
    const ids = events.map(({ id }) => id.split("-").map(Number) as [number, number]);
    const sorted = ids.toSorted(([ms, seq], [otherMs, otherSeq]) => ms - otherMs || seq - otherSeq);
    expect(ids).toEqual(sorted);
    expect(new Set(events.map(({ id }) => id)).size).toBe(ids.length);
    expect(events.at(-1)?.event.type).toBe("run.finished");
  });

  it("fetches what its products share once, not once per product", async () => {
    const asked = (await world.requests()).tenants[bakery.id] ?? {};
    expect(asked.weather).toBe(1);
    expect(asked.traffic).toBe(1);
    expect(asked.sales).toBeGreaterThanOrEqual(run.totals.trained);
  });

  it("serves a forecast: median inside the 80 % interval, one row a day after the cutoff", async () => {
    const product = trainings.find((training) => training.status === "trained") as ProductTrainingView;
    const forecast = await bakery.api.call("GET", `/v1/tenants/${bakery.id}/products/${product.productId}/forecast`, ForecastView);
    // Two weeks less two Sundays, and at the turn of the year four holidays besides.
    expect(forecast.days.length).toBeGreaterThanOrEqual(8);
    expect((forecast.days[0]?.day ?? "") > run.cutoff).toBe(true);
    for (const day of forecast.days) {
      expect(day.low80).toBeGreaterThanOrEqual(0);
      expect(day.median).toBeGreaterThanOrEqual(day.low80);
      expect(day.high80).toBeGreaterThanOrEqual(day.median);
    }
  });

  it("records each model with schema version and digest, and makes it champion", async () => {
    const product = trainings.find((training) => training.status === "trained") as ProductTrainingView;
    const { items } = await bakery.api.call("GET", `/v1/tenants/${bakery.id}/products/${product.productId}/models`, pageOf(ModelView));
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({ isChampion: true, runId: run.id, version: 1 });
    expect(items[0]?.sha256).toMatch(/^[0-9a-f]{64}$/);
    const products = await bakery.api.call("GET", `/v1/tenants/${bakery.id}/products`, pageOf(ProductView));
    expect(products.items.find(({ id }) => id === product.productId)?.championModelId).toBe(items[0]?.id);
  });

  it("carries one request id from the answer through the worker's log", async () => {
    const response = await fetch(`${world.url}/v1/tenants/${bakery.id}/training-runs`, {
      method: "POST",
      headers: { authorization: `Bearer ${bakery.key}`, "content-type": "application/json", "x-request-id": "story-request-1" },
      body: JSON.stringify({ cutoff: bakery.lastDay, productIds: [trainings[0]?.productId] }),
    });
    expect(response.status).toBe(202);
    expect(response.headers.get("x-request-id")).toBe("story-request-1");
    const location = response.headers.get("location") as string;
    await bakery.untilFinished(location.split("/").at(-1) as string);
    const lines = (await Promise.all(world.workers.map((worker) => world.logOf(worker)))).flat();
    expect(lines.some((line) => line["requestId"] === "story-request-1")).toBe(true);
  });
});
