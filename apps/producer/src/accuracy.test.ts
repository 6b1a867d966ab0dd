import { addDays } from "@levain/calendar";
import { ProductAccuracyView, TenantAccuracyView } from "@levain/contracts";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { openSampleProducer, TENANT, trainOne, type SampleProducer } from "./sample-producer.js";

const OF_TENANT = `/v1/tenants/${TENANT}`;
/** The producer's clock shows half past midnight of the 3rd. */
const YESTERDAY = "2026-05-02";

let producer: SampleProducer;
beforeAll(async () => {
  producer = await openSampleProducer({ postgresUrl: inject("postgresUrl"), redisUrl: inject("redisUrl") });
  for (const productId of ["rye", "bun"]) await trainOne(producer.db, productId);
  const bakery = producer.db.forTenant(TENANT);
  for (const [productId, median] of [["rye", 90], ["bun", 9]] as const) {
    const modelId = (await bakery.product(productId))?.championModelId ?? "";
    const days = [YESTERDAY, addDays(YESTERDAY, -27), addDays(YESTERDAY, -28)].map((day) => ({
      day,
      actual: 10,
      isSoldOut: false,
      modelId,
      low80: 0,
      median,
      high80: 100,
      normalScore: 0,
      lastWeek: null,
      advised: null,
      decided: null,
      overCost: null,
      underCost: null,
    }));
    await bakery.keepGrades(productId, { from: addDays(YESTERDAY, -30), until: YESTERDAY }, days, null);
  }
});
afterAll(() => producer.close());

const ask = async (path: string) => {
  const answer = await producer.server.inject({ url: `${OF_TENANT}/${path}`, headers: producer.tenant });
  return { status: answer.statusCode, body: answer.json() };
};

describe("accuracy over HTTP", () => {
  test("is of the four weeks up to yesterday in the tenant's zone, the worst product first, page by page", async () => {
    const first = TenantAccuracyView.parse((await ask("accuracy?limit=1")).body);
    expect(first).toMatchObject({ from: addDays(YESTERDAY, -27), until: YESTERDAY, unit: "loaves", currency: null, totals: { days: 4, sold: 40 }, driftedProducts: 0, items: [{ productId: "rye" }] });
    const second = TenantAccuracyView.parse((await ask(`accuracy?limit=1&cursor=${first.nextCursor}`)).body);
    expect(second).toMatchObject({ items: [{ productId: "bun", live: { wape: 0.1 } }], nextCursor: null });
  });

  test("of one product comes day by day, in the currency that was set", async () => {
    await producer.server.inject({ method: "PUT", url: `${OF_TENANT}/economics`, headers: producer.tenant, payload: { currency: "EUR" } });
    const view = ProductAccuracyView.parse((await ask(`products/bun/accuracy?from=${addDays(YESTERDAY, -28)}`)).body);
    expect(view).toMatchObject({ productId: "bun", currency: "EUR", days: 3, live: { wape: 0.1, bias: -0.1, coverage80: 1 }, drift: [] });
    expect(view.dailyRows.map(({ day }) => day)).toEqual([-28, -27, 0].map((offset) => addDays(YESTERDAY, offset)));
    expect((await ask("products/nobody/accuracy")).status).toBe(404);
  });

  test("refuses days that are no range, and more than it can add up", async () => {
    for (const query of [`from=${YESTERDAY}&until=${addDays(YESTERDAY, -1)}`, `from=2024-01-01&until=${YESTERDAY}`, "from=2026-02-30"]) {
      const { status, body } = await ask(`accuracy?${query}`);
      expect([status, body.errors?.[0]?.path], query).toEqual([400, "query.from"]);
    }
  });
});
