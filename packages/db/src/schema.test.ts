import { readFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { createClient } from "./client.js";
import { migrationsFolder } from "./migrations.js";
import { MeasuredPool } from "./pool.js";
import { openSampleBakery, type SampleBakery } from "./sample-bakery.js";

let world: SampleBakery;
beforeAll(async () => {
  world = await openSampleBakery(inject("postgresUrl"));
});
afterAll(() => world.close());

/** PostgreSQL's types that each of Prisma's may stand for. */
const COLUMN_TYPES: Readonly<Record<string, readonly string[]>> = {
  String: ["text", "uuid"],
  "String[]": ["_text"],
  Int: ["int4"],
  BigInt: ["int8"],
  Float: ["float8"],
  "Float[]": ["_float8"],
  Boolean: ["bool"],
  DateTime: ["timestamptz", "date"],
  "DateTime[]": ["_date"],
  Json: ["jsonb"],
  Bytes: ["bytea"],
};

/** The scalar fields of schema.prisma, by table and column. */
function columnsOf(schema: string): Map<string, { type: string; isNullable: boolean }> {
  const columns = new Map<string, { type: string; isNullable: boolean }>();
  for (const [, body = ""] of schema.matchAll(/^model \w+ \{\n(.*?)^\}/gms)) {
    const table = /@@map\("(\w+)"\)/.exec(body)?.[1];
    for (const [, field, type = "", mark = "", rest = ""] of body.matchAll(/^  (\w+) +([A-Z]\w+)(\?|\[\])?(.*)$/gm)) {
      const column = /@map\("(\w+)"\)/.exec(rest)?.[1] ?? field;
      const isRelation = !(type in COLUMN_TYPES);
      if (!isRelation) columns.set(`${table}.${column}`, { type: mark === "[]" ? `${type}[]` : type, isNullable: mark === "?" });
    }
  }
  return columns;
}

describe("schema.prisma and the migrated database", () => {
  test("know the same tables, with the same columns, of the same types, null in the same places", async () => {
    const client = new pg.Client({ connectionString: world.url });
    await client.connect();
    const { rows } = await client.query<{ name: string; type: string; isNullable: boolean }>(
      `SELECT table_name || '.' || column_name AS name, udt_name AS type, is_nullable = 'YES' AS "isNullable"
       FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> '_prisma_migrations'`,
    );
    await client.end();
    const inDatabase = new Map(rows.map((row) => [row.name, row]));
    const inSchema = columnsOf(await readFile(join(migrationsFolder, "..", "schema.prisma"), "utf8"));
    expect([...inSchema.keys()].sort()).toEqual([...inDatabase.keys()].sort());
    for (const [name, { type, isNullable }] of inSchema) {
      expect(COLUMN_TYPES[type], `${name} is ${type}`).toContain(inDatabase.get(name)?.type);
      expect(inDatabase.get(name)?.isNullable, `${name} may be null`).toBe(isNullable);
    }
  });

  test("can be read together, every column of every table", async () => {
    const pool = new MeasuredPool({ url: world.url, poolMax: 1, applicationName: "levain-test" });
    const client = createClient(pool);
    const reads = [client.tenant, client.apiKey, client.product, client.trainingRun, client.runContext, client.productTraining, client.model, client.champion, client.championChange, client.modelEvidence, client.forecast, client.night, client.productCalendar, client.tenantEconomics, client.productEconomics, client.bakeOverride, client.condemnedArtifact, client.gradedDay, client.driftAlarm, client.webhookEndpoint, client.webhookMessage, client.webhookDelivery];
    expect(await Promise.all(reads.map((model) => Reflect.apply(model.findMany, model, [])))).toHaveLength(reads.length);
    await client.$disconnect();
    await pool.end();
  });

  test("refuse a row that no code of ours would write", async () => {
    const client = new pg.Client({ connectionString: world.url });
    await client.connect();
    const run = "INSERT INTO training_runs (tenant_id, trigger, cutoff, deadline_at";
    const refused: readonly (readonly [string, string])[] = [
      ["INSERT INTO tenants (id, settings) VALUES ('Not An Id', '{}')", "tenants_id"],
      ["INSERT INTO api_keys (id, role, label, digest) VALUES ('k', 'tenant', 'of nobody', sha256('k'))", "api_keys_tenant"],
      ["INSERT INTO api_keys (id, role, label, digest) VALUES ('k', 'operator', 'short', 'k')", "api_keys_digest"],
      [`${run}, status) VALUES ('corner-bakery', 'request', '2026-05-01', now(), 'asleep')`, "training_runs_status"],
      [`${run}, products) VALUES ('corner-bakery', 'request', '2026-05-01', now(), 3)`, "training_runs_counts"],
      [`${run}, idempotency_key) VALUES ('corner-bakery', 'request', '2026-05-01', now(), 'key')`, "training_runs_request"],
      [`${run}) VALUES ('nobody', 'request', '2026-05-01', now())`, "training_runs_tenant_id_fkey"],
      [`${run}) SELECT 'corner-bakery', 'request', '2026-05-01', now() FROM generate_series(1, 2)`, "one_open_run"],
    ];
    for (const [sql, constraint] of refused) await expect(client.query(sql), sql).rejects.toMatchObject({ constraint });
    await client.end();
  });
});
