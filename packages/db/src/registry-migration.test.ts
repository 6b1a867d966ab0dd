import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { copyDatabase } from "./databases.js";
import { applyMigrations } from "./migrate.js";
import { migrationsFolder } from "./migrations.js";
import { openDb } from "./open.js";
import { loadSample, trained } from "./sample-bakery.js";

const REGISTRY = "20261123000400_registry";

let before: string;
let database: Awaited<ReturnType<typeof copyDatabase>>;
let sql: pg.Client;
beforeAll(async () => {
  before = await mkdtemp(join(tmpdir(), "levain-before-registry-"));
  const names = await readdir(migrationsFolder);
  for (const name of names.filter((each) => each < REGISTRY)) await cp(join(migrationsFolder, name), join(before, name), { recursive: true });
  database = await copyDatabase(inject("postgresUrl"), before);
  sql = new pg.Client({ connectionString: database.url });
  await sql.connect();
});
afterAll(async () => {
  await sql.end();
  await database.drop();
  await rm(before, { recursive: true, force: true });
});

/** A model that a run of before trained. */
async function model(version: number, becameChampion: boolean): Promise<string> {
  const { score } = trained();
  const run = await sql.query<{ id: string }>(
    `INSERT INTO training_runs (tenant_id, status, trigger, cutoff, deadline_at, started_at, finished_at, fence, products, trained)
     VALUES ('corner', 'finished', 'request', '2026-05-01', now(), now(), now(), $1, 1, 1) RETURNING id`,
    [version],
  );
  const runId = run.rows[0]?.id;
  await sql.query("INSERT INTO product_trainings (tenant_id, run_id, product_id, rank, status, attempt, claimed_at, finished_at) VALUES ('corner', $1, 'rye', 1, 'trained', 1, now(), now())", [runId]);
  const { rows } = await sql.query<{ id: string }>(
    `INSERT INTO models (tenant_id, product_id, run_id, version, demand_class, family, spec, artifact, sha256, bytes, schema_version, cutoff, score, naive_score, trials, fit_ms, absent_sources, became_champion, decision)
     VALUES ('corner', 'rye', $1, $2::int, 'high', 'additive', '{}', '{}', encode(sha256('{}'), 'hex'), 2, 1, '2026-05-01', $3, $3, 1, 1, '{}', $4, 'why ' || $2::int) RETURNING id`,
    [runId, version, score, becameChampion],
  );
  const id = rows[0]?.id ?? "";
  await sql.query("INSERT INTO forecasts (model_id, tenant_id, product_id, days, levels, quantiles) VALUES ($1, 'corner', 'rye', '{2026-05-02}', '{0.5}', '[[1]]')", [id]);
  return id;
}

describe("the registry's migration", () => {
  test("tells the audit of the champions that there were, and they can be rolled back", async () => {
    await sql.query("INSERT INTO tenants (id, settings) VALUES ('corner', '{}')");
    await sql.query("INSERT INTO products (tenant_id, id, name, is_discontinued, has_own_events) VALUES ('corner', 'rye', 'Rye', false, false)");
    const first = await model(1, true);
    await model(2, false);
    const third = await model(3, true);
    await sql.query("INSERT INTO champions (tenant_id, product_id, model_id, run_fence) VALUES ('corner', 'rye', $1, 3)", [third]);
    await applyMigrations(database.url, migrationsFolder);

    const db = openDb({ url: database.url, poolMax: 2, applicationName: "levain-test" }, { load: loadSample, onRefused: () => undefined });
    const corner = db.forTenant("corner");
    expect((await corner.championChanges("rye", { limit: 9 })).items).toMatchObject([
      { number: 2, kind: "trained", fromModelId: first, toModelId: third, by: { role: "worker" }, reason: "why 3" },
      { number: 1, kind: "trained", fromModelId: null, toModelId: first, reason: "why 1" },
    ]);
    expect(await corner.championView("rye")).toMatchObject({ modelId: third, isPinned: false, change: 2 });
    expect(await corner.rollBack("rye", third, { role: "operator", keyId: "k", reason: "worse" })).toBe("changed");
    expect((await corner.models("rye", { limit: 9 })).items.map(({ id, standing, lineage }) => [id === first, standing, lineage])).toEqual([[false, "former", null], [false, "rejected", null], [true, "champion", null]]);
    await db.close();
  });
});
