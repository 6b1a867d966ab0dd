import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { MalformedCursor, type Page, type PageRequest } from "./page.js";
import { claimed, openSampleBakery, productOf, productsOf, startedRun, trainedModel, type SampleBakery } from "./sample-bakery.js";

let world: SampleBakery;
let runId: string;
let listings: Record<string, (page: PageRequest) => Promise<Page<unknown>>>;

beforeAll(async () => {
  world = await openSampleBakery(inject("postgresUrl"));
  const { bakery } = world;
  for (let model = 0; model < 7; model++) await trainedModel(bakery, productOf(1));
  runId = await startedRun(bakery, [...productsOf(11), { id: 'Übung "1" — ½', name: "Odd", isDiscontinued: false, hasOwnEvents: false }]);
  await claimed(bakery, runId, "bread-1");
  listings = {
    runs: bakery.runs,
    products: bakery.products,
    models: (page) => bakery.models("bread-1", page),
    trainings: (page) => bakery.productTrainings(runId, page),
  };
});
afterAll(() => world.close());

describe("a listing", () => {
  test("shows every row once, in one order, whatever the size of its pages", async () => {
    for (const [name, list] of Object.entries(listings)) {
      const whole = await list({ limit: 200 });
      expect(whole.nextCursor, name).toBeNull();
      expect(whole.items.length, name).toBeGreaterThanOrEqual(7);
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 1, max: 13 }), async (limit) => {
          const items: unknown[] = [];
          let cursor: string | null | undefined;
          do {
            const page: Page<unknown> = await list({ limit, cursor: cursor ?? undefined });
            expect(page.items.length).toBeLessThanOrEqual(limit);
            items.push(...page.items);
            cursor = page.nextCursor;
          } while (cursor);
          expect(items).toEqual(whole.items);
        }),
        { numRuns: 6 },
      );
    }
  });

  test("refuses a cursor that it did not give out", async () => {
    const foreign = (await world.bakery.products({ limit: 1 })).nextCursor;
    const cut = Buffer.from('["models"').toString("base64url");
    const wrongShape = Buffer.from('["models", "first"]').toString("base64url");
    for (const cursor of [foreign, cut, wrongShape, "", "…", "bnVsbA"]) {
      await expect(world.bakery.models("bread-1", { limit: 1, cursor: cursor ?? undefined }), String(cursor)).rejects.toThrow(MalformedCursor);
    }
    const noUuid = Buffer.from('["training-runs", "2026-05-01T00:00:00Z", "x"]').toString("base64url");
    await expect(world.bakery.runs({ limit: 1, cursor: noUuid })).rejects.toThrow("expected a nextCursor of the listing of training-runs");
  });
});
