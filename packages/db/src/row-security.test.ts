import { Failure } from "@levain/contracts";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { createClient } from "./client.js";
import { createModels } from "./models.js";
import { openDb } from "./open.js";
import { MeasuredPool } from "./pool.js";
import { asTenant } from "./row-security.js";
import { createRunViews } from "./run-view.js";
import { acceptedRun, CUTOFF, loadSample, openSampleBakery, productOf, settingsOf, startedRun, TENANT, trainedModel, type SampleBakery } from "./sample-bakery.js";

const OTHER = "other-bakery";

let world: SampleBakery;
let admin: pg.Client;
beforeAll(async () => {
  world = await openSampleBakery(inject("postgresUrl"));
  await world.db.tenants.put(OTHER, settingsOf("Other Bakery"));
  for (const tenantId of [TENANT, OTHER]) {
    for (let product = 1; product <= 3; product++) await trainedModel(world.db.forTenant(tenantId), productOf(product));
  }
  await world.db.keys.issue({ role: "tenant", tenantId: OTHER, label: "theirs" });
  admin = new pg.Client({ connectionString: world.url });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await world.close();
});

/** What a query gives when it runs as the tenants' role; without a tenant when null. The transaction is always undone. */
async function asRole<Row extends pg.QueryResultRow>(tenantId: string | null, sql: string): Promise<Row[]> {
  await admin.query("BEGIN");
  try {
    await admin.query("SET LOCAL ROLE levain_tenant");
    if (tenantId !== null) await admin.query("SELECT set_config('levain.tenant_id', $1, true)", [tenantId]);
    return (await admin.query<Row>(sql)).rows;
  } finally {
    await admin.query("ROLLBACK");
  }
}

const tablesOfTenants = async (): Promise<string[]> => {
  const { rows } = await admin.query<{ name: string }>(
    "SELECT DISTINCT table_name AS name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'tenant_id' ORDER BY 1",
  );
  return [...rows.map(({ name }) => name), "tenants"];
};

const READABLE = ["champion_changes", "champions", "forecasts", "model_evidence", "models", "product_trainings", "products", "run_contexts", "training_runs", "tenants"];

describe("the second wall", () => {
  test("stands around every table that holds a tenant's rows, also around one that comes later", async () => {
    const { rows } = await admin.query<{ name: string }>("SELECT relname AS name FROM pg_class WHERE relrowsecurity AND relforcerowsecurity AND relnamespace = 'public'::regnamespace");
    expect(rows.map(({ name }) => name).sort()).toEqual((await tablesOfTenants()).sort());
  });

  test("is kept by a role that cannot log in, owns nothing and may not step over it", async () => {
    const { rows } = await admin.query("SELECT rolcanlogin, rolbypassrls, rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = 'levain_tenant'");
    expect(rows).toEqual([{ rolcanlogin: false, rolbypassrls: false, rolsuper: false, rolcreaterole: false, rolcreatedb: false }]);
    const owned = await admin.query("SELECT FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE r.rolname = 'levain_tenant'");
    expect(owned.rowCount).toBe(0);
  });

  test("hides every row from a statement that names no tenant", async () => {
    for (const table of READABLE) expect(await asRole(null, `SELECT * FROM ${table}`), table).toEqual([]);
    expect(await asRole("", "SELECT * FROM tenants")).toEqual([]);
  });

  test("shows a tenant its own rows to a statement that forgot to ask for them alone", async () => {
    for (const table of READABLE.filter((name) => name !== "tenants")) {
      const rows = await asRole<{ tenant_id: string }>(TENANT, `SELECT tenant_id FROM ${table}`);
      expect(rows.length, table).toBeGreaterThan(0);
      expect(new Set(rows.map(({ tenant_id }) => tenant_id)), table).toEqual(new Set([TENANT]));
    }
    expect(await asRole(TENANT, "SELECT id FROM tenants")).toEqual([{ id: TENANT }]);
  });

  test("lets nobody write into another tenant, move a row there or see a key", async () => {
    const insert = `INSERT INTO training_runs (tenant_id, trigger, cutoff, deadline_at) VALUES ('${OTHER}', 'request', '${CUTOFF}', now())`;
    await expect(asRole(TENANT, insert)).rejects.toThrow(/row-level security/);
    await expect(asRole(TENANT, `UPDATE training_runs SET tenant_id = '${OTHER}'`)).rejects.toThrow(/row-level security/);
    expect(await asRole(TENANT, `UPDATE training_runs SET request_id = 'mine' WHERE tenant_id = '${OTHER}' RETURNING id`)).toEqual([]);
    expect(await asRole(TENANT, `UPDATE tenants SET fence = 0 WHERE id = '${OTHER}' RETURNING id`)).toEqual([]);
    for (const forbidden of [
      "SELECT * FROM api_keys",
      "DELETE FROM training_runs",
      "UPDATE models SET artifact = ''",
      "DELETE FROM champion_changes",
      "INSERT INTO champions DEFAULT VALUES",
      "UPDATE tenants SET settings = '{}'",
      "TRUNCATE models",
      "SELECT * FROM nightly_ledger",
      "CREATE TABLE loot (id int)",
    ]) {
      await expect(asRole(TENANT, forbidden), forbidden).rejects.toThrow(/permission denied/);
    }
  });

  test("holds also where the first one is broken: in one tenant's name, another's words find nothing", async () => {
    const pool = new MeasuredPool({ url: world.url, poolMax: 1, applicationName: "levain-test" });
    const client = createClient(pool);
    const said = (name: string) => ({ ...createRunViews(asTenant(client, name), OTHER), ...createModels(asTenant(client, name), OTHER) });
    const runId = (await said(OTHER).runs({ limit: 1 })).items[0]?.id ?? "";
    expect(await said(OTHER).run(runId)).not.toBeNull();
    expect((await said(OTHER).products({ limit: 9 })).items).toHaveLength(3);
    for (const name of [TENANT, "", "no-such-bakery", "' OR true --"]) {
      expect(await said(name).run(runId), name).toBeNull();
      expect((await said(name).runs({ limit: 9 })).items, name).toEqual([]);
      expect((await said(name).products({ limit: 9 })).items, name).toEqual([]);
      expect(await said(name).champion("bread-1"), name).toBeNull();
    }
    await client.$disconnect();
    await pool.end();
    expect(await asRole(TENANT, `SELECT * FROM stop_training_run('${OTHER}', '${runId}', 'cancelled', NULL, NULL) AS stopped`)).toEqual([{ stopped: false }]);
  });
});

describe("a tenant's own words behind the wall", () => {
  test("are the same as before it: read, accept, repeat, refuse, cancel", async () => {
    const own = world.db.asTenant(TENANT);
    expect((await own.products({ limit: 10 })).items).toHaveLength(3);
    expect((await own.models("bread-1", { limit: 10 })).items).toHaveLength(1);
    expect((await own.servingModel("bread-1"))?.model.isChampion).toBe(true);
    const request = { cutoff: CUTOFF, trigger: "request", requestDigest: "d", idempotencyKey: "once", deadlineAt: new Date("2100-01-01") } as const;
    const accepted = await own.acceptRun(request);
    if (accepted.kind !== "accepted") throw new Error(`expected an accepted run, got ${accepted.kind}`);
    expect(await own.acceptRun(request)).toMatchObject({ kind: "repeated" });
    expect(await own.acceptRun({ ...request, idempotencyKey: "twice" })).toEqual({ kind: "open", openRunId: accepted.run.id });
    expect(await own.cancelRun(accepted.run.id)).toBe(true);
    expect(await own.run(accepted.run.id)).toMatchObject({ status: "cancelled" });
    const running = await startedRun(world.bakery, [productOf(1), productOf(2)]);
    expect(await own.cancelRun(running)).toBe(true);
    expect((await own.productTrainings(running, { limit: 10 })).items.map(({ status }) => status)).toEqual(["cancelled", "cancelled"]);
  });

  test("leave nothing behind on the connection, whatever became of them", async () => {
    const db = openDb({ url: world.url, poolMax: 1, applicationName: "one-connection" });
    await db.asTenant(TENANT).runs({ limit: 1 });
    await expect(db.asTenant(TENANT).claim(crypto.randomUUID(), "\u0000", "x")).rejects.toThrow(/invalid byte sequence/);
    expect((await db.tenants.list()).length).toBe(2);
    expect((await db.forTenant(OTHER).products({ limit: 10 })).items).toHaveLength(3);
    await db.close();
  });

  test("find no row of another tenant in 10,000 queries of 32 at once over 2 connections, some of which are broken off", async () => {
    const seed = Date.now() % 2 ** 31;
    const random = randomOf(seed);
    const theirs = new Map(await Promise.all([TENANT, OTHER].map(async (tenantId) => [tenantId, await idsOf(tenantId)] as const)));
    const db = openDb({ url: world.url, poolMax: 2, applicationName: "two-connections" }, { load: loadSample, onRefused: () => undefined });
    const seen = { asked: 0, own: 0, foreign: 0, nothing: 0, refused: 0, cut: 0 };
    const look = async (tenantId: string): Promise<void> => {
      const own = db.asTenant(tenantId);
      const draw = random();
      try {
        // A text that PostgreSQL refuses undoes the transaction half-way.
        if (draw < 0.1) await own.claim("00000000-0000-0000-0000-000000000000", "\u0000", "worker");
        const ids =
          draw < 0.4
            ? (await own.runs({ limit: 3 })).items.map(({ id }) => id)
            : draw < 0.7
              ? (await own.products({ limit: 3 })).items.map(({ championModelId }) => championModelId)
              : [(await own.servingModel("bread-2"))?.model.id];
        if (ids.every((id) => id === undefined)) seen.nothing += 1;
        for (const id of ids) seen[theirs.get(tenantId)?.has(id ?? "") ? "own" : "foreign"] += 1;
      } catch (fault) {
        seen[fault instanceof Failure ? "cut" : "refused"] += 1;
      }
    };
    const lane = async (tenantId: string): Promise<void> => {
      for (; seen.asked < 10_000; await look(tenantId)) {
        seen.asked += 1;
        if (seen.asked % 500 === 0) await admin.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'two-connections' LIMIT 1");
      }
    };
    await Promise.all(Array.from({ length: 32 }, (_, index) => lane(index % 2 === 0 ? TENANT : OTHER)));
    await db.close();
    expect(seen, `seed ${seed}`).toMatchObject({ foreign: 0, nothing: 0 });
    expect(Math.min(seen.own / 10_000, seen.refused / 500, seen.cut), `seed ${seed}: ${JSON.stringify(seen)}`).toBeGreaterThanOrEqual(1);
  });

  test("of two tenants that accept at the same moment are two runs", async () => {
    const runs = await Promise.all([acceptedRun(world.db.asTenant(TENANT)), acceptedRun(world.db.asTenant(OTHER))]);
    expect(new Set(runs).size).toBe(2);
  });
});

/** Every run and model of a tenant, as those see them who serve all tenants. */
async function idsOf(tenantId: string): Promise<ReadonlySet<string>> {
  const { rows } = await admin.query<{ id: string }>("SELECT id FROM training_runs WHERE tenant_id = $1 UNION SELECT id FROM models WHERE tenant_id = $1", [tenantId]);
  return new Set(rows.map(({ id }) => id));
}

/** mulberry32 */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
