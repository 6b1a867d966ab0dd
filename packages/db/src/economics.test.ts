import { TenantEconomics } from "@levain/contracts";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { contextOf, openSampleBakery, productOf, settingsOf, TENANT, trainedModel, type SampleBakery } from "./sample-bakery.js";

const OTHER = "other-bakery";
const bread = productOf(1);

let world: SampleBakery;
beforeAll(async () => {
  world = await openSampleBakery(inject("postgresUrl"));
  await world.db.tenants.put(OTHER, settingsOf("Other Bakery"));
  for (const tenantId of [TENANT, OTHER]) await trainedModel(world.db.forTenant(tenantId), bread);
});
afterAll(() => world.close());

describe("economics", () => {
  test("are a tenant's own, of all its products and of one, and replaced as a whole", async () => {
    const own = world.db.asTenant(TENANT);
    expect(await own.tenantEconomics()).toBeNull();
    const settings = TenantEconomics.parse({ currency: "EUR", defaults: { unitCost: 0.4 } });
    await own.putTenantEconomics({ ...settings, currency: "CHF" });
    await own.putTenantEconomics(settings);
    expect(await own.tenantEconomics()).toEqual(settings);
    expect(await own.putProductEconomics(bread.id, { unitPrice: 3, traySize: 6 })).toBe(true);
    expect(await own.putProductEconomics(bread.id, { unitPrice: 4 })).toBe(true);
    expect(await own.putProductEconomics("no-such-bread", { unitPrice: 4 })).toBe(false);
    expect([...(await own.productEconomics())]).toEqual([[bread.id, { unitPrice: 4 }]]);
    expect([...(await world.db.asTenant(OTHER).productEconomics())]).toEqual([]);
  });
});

describe("what a person decided", () => {
  test("is kept with what was advised at that moment, for that day, and may be decided again", async () => {
    const own = world.db.asTenant(TENANT);
    const day = "2026-05-02";
    await own.putOverride(day, { productId: bread.id, quantity: 80, reason: "market day", advised: 64 });
    const last = await own.putOverride(day, { productId: bread.id, quantity: 90, reason: "market day and sunshine", advised: 66 });
    expect(last?.decidedAt).toBeInstanceOf(Date);
    expect(await own.overrides(day)).toEqual([last]);
    expect(await own.overrides("2026-05-03")).toEqual([]);
    expect(await world.db.asTenant(OTHER).overrides(day)).toEqual([]);
    expect(await own.putOverride(day, { productId: "no-such-bread", quantity: 1, reason: "?", advised: null })).toBeNull();
  });
});

describe("a served product", () => {
  test("comes with its model, the context of the model's run and its own calendar", async () => {
    const own = world.db.asTenant(TENANT);
    const fair = { ...productOf(2), hasOwnEvents: true };
    await trainedModel(world.bakery, fair);
    const without = await own.servedProduct(fair.id);
    expect(without).toMatchObject({ id: fair.id, hasOwnEvents: true, calendar: null, serving: { model: { isChampion: true }, refused: [] } });
    const runId = without?.serving?.model.runId ?? "";
    const calendar = [{ name: "promotion", firstDay: "2026-05-01", values: [0, 1, null] }];
    for (const kept of [[], calendar]) await world.bakery.keepCalendar(runId, fair.id, kept);
    expect((await own.servedProduct(fair.id))?.calendar).toEqual(calendar);
    expect(await own.keptContext(runId)).toEqual(contextOf());
    expect(await world.db.asTenant(OTHER).keptContext(runId)).toBeNull();
    expect(await own.servedProduct("no-such-bread")).toBeNull();
  });

  test("is listed page by page, the same as alone", async () => {
    const own = world.db.asTenant(TENANT);
    const first = await own.servedProducts({ limit: 1 });
    const second = await own.servedProducts({ limit: 1, cursor: first.nextCursor ?? "" });
    expect(first.items).toEqual([await own.servedProduct(bread.id)]);
    expect([second.items[0]?.id, second.nextCursor]).toEqual([productOf(2).id, null]);
  });
});
