import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { acceptedRun, claimed, openSampleBakery, productOf, settingsOf, skipped, startedRun, TENANT, trainedModel, type SampleBakery } from "./sample-bakery.js";

const OTHER = "other-bakery";

let world: SampleBakery;
let admin: pg.Client;
beforeAll(async () => {
  world = await openSampleBakery(inject("postgresUrl"));
  await world.db.tenants.put(OTHER, settingsOf("Other Bakery"));
  admin = new pg.Client({ connectionString: world.url });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await world.close();
});
beforeEach(async () => {
  await admin.query("TRUNCATE webhook_deliveries, webhook_messages, webhook_endpoints");
});

const addEndpoint = async (kinds: readonly string[], tenantId = TENANT): Promise<string> => {
  const { rows } = await admin.query<{ id: string }>("INSERT INTO webhook_endpoints (tenant_id, url, kinds) VALUES ($1, 'https://shop.example/hooks', $2) RETURNING id", [tenantId, kinds]);
  return rows[0]?.id ?? "";
};

const tell = async (key: string, kind = "product.drifted", tenantId = TENANT): Promise<string | null> => {
  const { rows } = await admin.query<{ id: string | null }>("SELECT tell_webhooks($1, $2, $3, $4) AS id", [tenantId, kind, key, { productId: "rye" }]);
  return rows[0]?.id ?? null;
};

const deliveries = async (): Promise<readonly { message_id: string; endpoint_id: string; status: string; kind: string; data: Record<string, unknown> }[]> =>
  (await admin.query("SELECT d.message_id, d.endpoint_id, d.status, m.kind, m.data FROM webhook_deliveries d JOIN webhook_messages m ON m.tenant_id = d.tenant_id AND m.id = d.message_id ORDER BY m.occurred_at")).rows;

describe("what is told", () => {
  test("is one message per kind and key, with one delivery for each receiver that wants it", async () => {
    const [drift, both] = [await addEndpoint(["product.drifted"]), await addEndpoint(["run.finished", "product.drifted"])];
    await addEndpoint(["run.finished"]);
    await addEndpoint(["product.drifted"], OTHER);
    const id = await tell("rye 2026-05-01");
    expect(await tell("rye 2026-05-01")).toBeNull();
    const told = await deliveries();
    expect(told.map(({ endpoint_id }) => endpoint_id).sort()).toEqual([drift, both].sort());
    expect(told).toEqual(told.map((each) => ({ ...each, message_id: id, status: "pending", kind: "product.drifted", data: { productId: "rye" } })));
    expect(await tell("rye 2026-05-01", "artifact.refused")).toBeNull();
    expect(await tell("rye 2026-05-02")).not.toBeNull();
  });

  test("is nothing where nobody wants it, or was undone with what it told of", async () => {
    expect(await tell("rye")).toBeNull();
    await addEndpoint(["product.drifted"]);
    await admin.query("BEGIN");
    expect(await tell("rye")).not.toBeNull();
    await admin.query("ROLLBACK");
    expect(await deliveries()).toEqual([]);
    expect(await tell("rye")).not.toBeNull();
  });

  test("is one message though many tell it at once", async () => {
    await addEndpoint(["product.drifted"]);
    const pool = new pg.Pool({ connectionString: world.url, max: 8 });
    const answers = await Promise.all(Array.from({ length: 32 }, () => pool.query<{ id: string | null }>("SELECT tell_webhooks($1, 'product.drifted', 'rye', '{}') AS id", [TENANT])));
    await pool.end();
    expect(answers.filter(({ rows }) => rows[0]?.id !== null)).toHaveLength(1);
    expect(await deliveries()).toHaveLength(1);
  });

  test("of a kind that does not exist is refused", async () => {
    await expect(addEndpoint(["run.started"])).rejects.toMatchObject({ constraint: "webhook_endpoints_kinds" });
    await expect(addEndpoint([])).rejects.toMatchObject({ constraint: "webhook_endpoints_kinds" });
  });

  test("to an endpoint that is disabled is nothing more, and what was pending has failed", async () => {
    const endpoint = await addEndpoint(["product.drifted"]);
    await tell("rye");
    const disable = async (reason: string) => (await admin.query("SELECT disable_webhook_endpoint($1, $2, $3, 'webhook.disabled') AS done", [TENANT, endpoint, reason])).rows[0].done;
    expect([await disable("gone"), await disable("failing"), await disable("deleted"), await disable("deleted")]).toEqual([true, false, true, false]);
    expect((await deliveries()).map(({ status }) => status)).toEqual(["failed"]);
    expect(await tell("spelt")).toBeNull();
  });
});

describe("run.finished", () => {
  test("is told with the end of a run, once, in whatever way it ends", async () => {
    await addEndpoint(["run.finished"]);
    const { bakery } = world;
    await trainedModel(bakery, productOf(1));
    const cancelled = await acceptedRun(bakery);
    await world.db.asTenant(TENANT).cancelRun(cancelled);
    const failed = await acceptedRun(bakery);
    await bakery.failRun(failed, "source.rejected", "no");
    const settled = await startedRun(bakery, [productOf(1), productOf(2)]);
    await world.db.repairs.settleRun({ tenantId: TENANT, runId: settled }, { code: "run.deadline-passed", message: "late" });
    const told = await deliveries();
    expect(told.map(({ data }) => [data["status"], data["failureCode"], data["totals"]])).toEqual([
      ["finished", null, expect.objectContaining({ products: 1, trained: 1 })],
      ["cancelled", null, expect.objectContaining({ products: 0 })],
      ["failed", "source.rejected", expect.objectContaining({ products: 0 })],
      ["finished", null, expect.objectContaining({ products: 2, failed: 2 })],
    ]);
    expect(told[3]?.data).toMatchObject({ tenantId: TENANT, runId: settled, cutoff: "2026-05-01", finishedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) });
  });

  test("is not told while a product of the run is open, nor again when the last commit is repeated", async () => {
    await addEndpoint(["run.finished"]);
    const { bakery } = world;
    const runId = await startedRun(bakery, [productOf(1), productOf(2)]);
    const [first, second] = [await claimed(bakery, runId, "bread-1"), await claimed(bakery, runId, "bread-2")];
    await bakery.commit(runId, "bread-1", first.attempt, first.fence, skipped);
    expect(await deliveries()).toEqual([]);
    for (let time = 0; time < 2; time++) await bakery.commit(runId, "bread-2", second.attempt, second.fence, skipped);
    expect(await deliveries()).toHaveLength(1);
  });
});
