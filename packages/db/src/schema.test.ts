import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { createClient } from "./client.js";
import { MeasuredPool } from "./pool.js";
import { openSampleBakery, type SampleBakery } from "./sample-bakery.js";

let world: SampleBakery;
beforeAll(async () => {
  world = await openSampleBakery(inject("postgresUrl"));
});
afterAll(() => world.close());

/** The part of Prisma's description of the schema that is read here. */
type DataModel = {
  readonly models: Readonly<Record<string, { readonly dbName: string; readonly fields: readonly { readonly name: string; readonly kind: string; readonly type: string; readonly dbName?: string }[] }>>;
};

/** PostgreSQL's types that each of Prisma's may stand for. */
const COLUMN_TYPES: Readonly<Record<string, readonly string[]>> = {
  String: ["text", "uuid", "_text"],
  Int: ["int4"],
  BigInt: ["int8"],
  Float: ["float8", "_float8"],
  Boolean: ["bool"],
  DateTime: ["timestamptz", "date", "_date"],
  Json: ["jsonb"],
  Bytes: ["bytea"],
};

describe("schema.prisma and the migrated database", () => {
  test("know the same tables, with the same columns, of the same types", async () => {
    const pool = new MeasuredPool({ url: world.url, poolMax: 1, applicationName: "levain-test" });
    const client = createClient(pool);
    const { models }: DataModel = Reflect.get(client, "_runtimeDataModel");
    const { rows } = await pool.query<{ table: string; column: string; type: string }>(
      `SELECT table_name AS table, column_name AS column, udt_name AS type FROM information_schema.columns
       WHERE table_schema = 'public' AND table_name <> '_prisma_migrations' ORDER BY 1, 2`,
    );
    const inDatabase = new Map(rows.map(({ table, column, type }) => [`${table}.${column}`, type]));
    const inSchema = new Map(
      Object.values(models).flatMap(({ dbName, fields }) =>
        fields.filter(({ kind }) => kind === "scalar").map((field) => [`${dbName}.${field.dbName ?? field.name}`, field.type] as const),
      ),
    );
    expect([...inSchema.keys()].sort()).toEqual([...inDatabase.keys()].sort());
    for (const [column, type] of inSchema) expect(COLUMN_TYPES[type], `${column} is ${type}`).toContain(inDatabase.get(column));
    await client.$disconnect();
    await pool.end();
  });

  test("can be read together, every column of every table", async () => {
    const pool = new MeasuredPool({ url: world.url, poolMax: 1, applicationName: "levain-test" });
    const client = createClient(pool);
    const reads = [client.tenant, client.apiKey, client.product, client.trainingRun, client.runContext, client.productTraining, client.model, client.champion, client.forecast, client.night];
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
