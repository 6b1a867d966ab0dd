import type { WebhookView } from "@levain/contracts";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { DeliveryName, FailedAttempt } from "./deliveries.js";
import type { TenantDb } from "./open.js";
import { openSampleBakery, settingsOf, type SampleBakery } from "./sample-bakery.js";

let world: SampleBakery;
let admin: pg.Client;
beforeAll(async () => {
  world = await openSampleBakery(inject("postgresUrl"));
  admin = new pg.Client({ connectionString: world.url });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await world.close();
});

const ADDRESS = { url: "https://shop.example/hooks", kinds: ["run.finished", "product.drifted"] as ("run.finished" | "product.drifted")[] };
const DOWN: FailedAttempt = { code: "webhook.unavailable", statusCode: 503 };

type Bakery = { readonly id: string; readonly own: TenantDb; readonly webhook: WebhookView };
let bakeries = 0;
/** A tenant of its own with one webhook, as its requests see it. */
async function openBakery(): Promise<Bakery> {
  const id = `hooked-${++bakeries}`;
  await world.db.tenants.put(id, settingsOf(id));
  const own = world.db.asTenant(id);
  const added = await own.addWebhook(ADDRESS);
  if (!added) throw new Error("expected a webhook");
  return { id, own, webhook: added.webhook };
}

let keys = 0;
/** Tells something new, and finds the delivery that it makes. */
async function tell({ id, own, webhook }: Bakery): Promise<DeliveryName> {
  await admin.query("SELECT tell_webhooks($1, 'product.drifted', $2, '{}')", [id, `key ${++keys}`]);
  const delivery = (await own.webhookDeliveries(webhook.id, { limit: 1 })).items[0];
  return { deliveryId: delivery?.id ?? "", generation: 1 };
}

describe("a tenant's webhooks", () => {
  test("are added, listed and deleted by their tenant, up to twenty of them", async () => {
    const bakery = await openBakery();
    const other = await openBakery();
    for (let number = 2; number <= 20; number++) expect(await bakery.own.addWebhook(ADDRESS)).not.toBeNull();
    expect(await bakery.own.addWebhook(ADDRESS)).toBeNull();
    expect(await other.own.deleteWebhook(bakery.webhook.id)).toBe(false);
    expect(await bakery.own.deleteWebhook(bakery.webhook.id)).toBe(true);
    expect([await bakery.own.deleteWebhook(bakery.webhook.id), await bakery.own.webhook(bakery.webhook.id)]).toEqual([false, null]);
    expect(await bakery.own.webhooks()).toHaveLength(19);
    expect(await bakery.own.addWebhook(ADDRESS)).not.toBeNull();
    expect(await other.own.webhooks()).toEqual([other.webhook]);
  });

  test("sign with the next secret once rotated, and for a day with the one before", async () => {
    const bakery = await openBakery();
    const delivery = await tell(bakery);
    expect((await world.db.deliveries.find(delivery))?.secretNumbers).toEqual([1]);
    const rotated = await bakery.own.rotateWebhook(bakery.webhook.id);
    expect(rotated?.secretNumber).toBe(2);
    const hours = (Date.parse(rotated?.webhook.previousSecretUntil ?? "") - Date.now()) / 3_600_000;
    expect(Math.abs(hours - 24)).toBeLessThan(0.1);
    expect((await world.db.deliveries.find(delivery))?.secretNumbers).toEqual([2, 1]);
    await admin.query("UPDATE webhook_endpoints SET previous_until = now() WHERE id = $1", [bakery.webhook.id]);
    expect((await world.db.deliveries.find(delivery))?.secretNumbers).toEqual([2]);
  });

  test("show their deliveries page by page, the newest first, each once", async () => {
    const bakery = await openBakery();
    for (let number = 0; number < 7; number++) await tell(bakery);
    const ids: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await bakery.own.webhookDeliveries(bakery.webhook.id, { limit: 3, cursor });
      ids.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(new Set(ids).size).toBe(7);
    expect(ids).toHaveLength(7);
    expect((await (await openBakery()).own.webhookDeliveries(bakery.webhook.id, { limit: 9 })).items).toEqual([]);
  });

  test("are tested by a message for one of them alone, unless that is disabled", async () => {
    const bakery = await openBakery();
    const other = await bakery.own.addWebhook(ADDRESS);
    const asked = await bakery.own.testWebhook(bakery.webhook.id);
    expect(await world.db.deliveries.find(asked ?? { deliveryId: "", generation: 0 })).toMatchObject({ kind: "webhook.test", endpointId: bakery.webhook.id, data: { webhookId: bakery.webhook.id } });
    expect((await bakery.own.webhookDeliveries(other?.webhook.id ?? "", { limit: 9 })).items).toEqual([]);
    await bakery.own.deleteWebhook(bakery.webhook.id);
    expect(await bakery.own.testWebhook(bakery.webhook.id)).toBeNull();
  });
});

describe("a delivery", () => {
  test("that failed for now is pending, with when it comes again; delivered it has ended, and says so once", async () => {
    const bakery = await openBakery();
    const delivery = await tell(bakery);
    await world.db.deliveries.attempted(delivery, DOWN, 60_000);
    const waiting = await bakery.own.webhookDelivery(delivery.deliveryId);
    expect(waiting).toMatchObject({ status: "pending", attempts: 1, statusCode: 503, failureCode: "webhook.unavailable", endedAt: null });
    expect(Date.parse(waiting?.nextAttemptAt ?? "")).toBeGreaterThan(Date.now() + 50_000);
    await world.db.deliveries.delivered(delivery, 204);
    await world.db.deliveries.delivered(delivery, 204);
    expect(await bakery.own.webhookDelivery(delivery.deliveryId)).toMatchObject({ status: "delivered", attempts: 2, statusCode: 204, failureCode: null, nextAttemptAt: null });
    expect(await world.db.deliveries.find(delivery)).toBeNull();
  });

  test("of an earlier generation writes nothing", async () => {
    const bakery = await openBakery();
    const delivery = await tell(bakery);
    expect(await world.db.deliveries.putBack([delivery])).toBe(1);
    expect(await world.db.deliveries.putBack([delivery])).toBe(0);
    await world.db.deliveries.delivered(delivery, 204);
    await world.db.deliveries.failed(delivery, DOWN);
    expect(await world.db.deliveries.find(delivery)).toBeNull();
    expect(await bakery.own.webhookDelivery(delivery.deliveryId)).toMatchObject({ status: "pending", attempts: 0 });
    expect(await world.db.deliveries.find({ ...delivery, generation: 2 })).toMatchObject({ messageId: expect.stringMatching(/^msg_/) });
  });

  test("that ended is asked for again with its message id, and one that is pending is not", async () => {
    const bakery = await openBakery();
    const delivery = await tell(bakery);
    const before = await bakery.own.webhookDelivery(delivery.deliveryId);
    expect(await bakery.own.redeliver(delivery.deliveryId)).toBeNull();
    await world.db.deliveries.failed(delivery, DOWN);
    expect(await (await openBakery()).own.redeliver(delivery.deliveryId)).toBeNull();
    expect(await bakery.own.redeliver(delivery.deliveryId)).toEqual({ ...delivery, generation: 2 });
    expect(await bakery.own.webhookDelivery(delivery.deliveryId)).toMatchObject({ status: "pending", attempts: 0, failureCode: null, messageId: before?.messageId });
  });

  test("is untold until it is noted to be on the queue, and looked for when that was long ago", async () => {
    const bakery = await openBakery();
    const delivery = await tell(bakery);
    const isIn = (names: readonly DeliveryName[]) => names.some(({ deliveryId }) => deliveryId === delivery.deliveryId);
    expect([isIn(await world.db.deliveries.untold(1_000)), isIn(await world.db.deliveries.waiting(0, null, 1_000))]).toEqual([true, false]);
    await world.db.deliveries.markEnqueued([delivery]);
    await admin.query("UPDATE webhook_deliveries SET enqueued_at = enqueued_at - interval '1 minute' WHERE id = $1", [delivery.deliveryId]);
    expect([isIn(await world.db.deliveries.untold(1_000)), isIn(await world.db.deliveries.waiting(30_000, null, 1_000))]).toEqual([false, true]);
    await world.db.deliveries.attempted(delivery, DOWN, 90_000);
    expect(isIn(await world.db.deliveries.waiting(30_000, null, 1_000))).toBe(false);
    await world.db.deliveries.putBack(null);
    const untold = (await world.db.deliveries.untold(1_000)).find(({ deliveryId }) => deliveryId === delivery.deliveryId);
    expect(untold).toMatchObject({ generation: 2, attempts: 1 });
    expect(untold?.waitMs).toBeGreaterThan(80_000);
  });

  test("is forgotten after a month, unless it is still to be made", async () => {
    const bakery = await openBakery();
    const [ended, pending] = [await tell(bakery), await tell(bakery)];
    await world.db.deliveries.delivered(ended, 204);
    await admin.query("UPDATE webhook_messages SET occurred_at = now() - interval '31 days' WHERE tenant_id = $1", [bakery.id]);
    expect(await world.db.deliveries.forgetOld()).toBe(1);
    expect([await bakery.own.webhookDelivery(ended.deliveryId), (await bakery.own.webhookDelivery(pending.deliveryId))?.status]).toEqual([null, "pending"]);
  });
});

describe("a receiver", () => {
  test("that is gone is told nothing more, until a person enables it", async () => {
    const bakery = await openBakery();
    const [first, second] = [await tell(bakery), await tell(bakery)];
    await world.db.deliveries.failed(first, { code: "webhook.gone", statusCode: 410 });
    expect((await bakery.own.webhook(bakery.webhook.id))?.webhook).toMatchObject({ disabledReason: "gone", disabledAt: expect.any(String) });
    expect(await bakery.own.webhookDelivery(second.deliveryId)).toMatchObject({ status: "failed", failureCode: "webhook.disabled" });
    expect([await bakery.own.redeliver(first.deliveryId), await bakery.own.testWebhook(bakery.webhook.id)]).toEqual([null, null]);
    expect((await bakery.own.enableWebhook(bakery.webhook.id))?.webhook).toMatchObject({ disabledReason: null, disabledAt: null, failedInARow: 0 });
    expect(await bakery.own.redeliver(first.deliveryId)).toMatchObject({ generation: 2 });
  });

  test("of which five deliveries fail in a row is told nothing more; one that arrives in between begins the count anew", async () => {
    const bakery = await openBakery();
    for (let number = 0; number < 4; number++) await world.db.deliveries.failed(await tell(bakery), DOWN);
    await world.db.deliveries.delivered(await tell(bakery), 200);
    for (let number = 0; number < 4; number++) await world.db.deliveries.failed(await tell(bakery), DOWN);
    expect((await bakery.own.webhook(bakery.webhook.id))?.webhook).toMatchObject({ disabledReason: null, failedInARow: 4 });
    await world.db.deliveries.failed(await tell(bakery), DOWN);
    expect((await bakery.own.webhook(bakery.webhook.id))?.webhook).toMatchObject({ disabledReason: "failing", failedInARow: 5 });
  });
});
