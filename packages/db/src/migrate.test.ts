import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { createDatabase } from "./databases.js";
import { applyMigrations, checkMigrations } from "./migrate.js";
import { MigrationError, migrationsFolder } from "./migrations.js";

let url: string;
let client: pg.Client;
let folder: string;
let databases = 0;

beforeEach(async () => {
  url = await createDatabase(inject("postgresUrl"), `migrate_${process.pid}_${++databases}`);
  client = new pg.Client({ connectionString: url });
  await client.connect();
  folder = await mkdtemp(join(tmpdir(), "levain-migrations-"));
});
afterEach(async () => {
  await client.end();
  await rm(folder, { recursive: true });
});

async function writeMigration(name: string, sql: string): Promise<void> {
  await mkdir(join(folder, name), { recursive: true });
  await writeFile(join(folder, name, "migration.sql"), sql);
}

const rows = async (): Promise<Record<string, unknown>[]> => (await client.query("SELECT * FROM _prisma_migrations ORDER BY migration_name, started_at")).rows;

const hasTable = async (name: string): Promise<boolean> => (await client.query("SELECT FROM pg_tables WHERE tablename = $1", [name])).rowCount === 1;

describe("the migrator", () => {
  test("applies the project's migrations in order and records each as `prisma migrate deploy` does", async () => {
    const names = (await readdir(migrationsFolder, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map(({ name }) => name);
    expect(await applyMigrations(url, migrationsFolder)).toEqual(names.sort());
    const recorded = await rows();
    expect(recorded.map((row) => row["migration_name"])).toEqual(names);
    for (const row of recorded) {
      const sql = await readFile(join(migrationsFolder, String(row["migration_name"]), "migration.sql"));
      expect(row).toEqual({
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        checksum: createHash("sha256").update(sql).digest("hex"),
        finished_at: expect.any(Date),
        migration_name: row["migration_name"],
        logs: null,
        rolled_back_at: null,
        started_at: expect.any(Date),
        applied_steps_count: 1,
      });
    }
    await checkMigrations(url, migrationsFolder);
    expect(await applyMigrations(url, migrationsFolder)).toEqual([]);
  });

  test("keeps its record in the table that Prisma creates", async () => {
    await applyMigrations(url, folder);
    const { rows: columns } = await client.query<Record<string, unknown>>(
      `SELECT column_name, data_type, character_maximum_length AS length, is_nullable, column_default
       FROM information_schema.columns WHERE table_name = '_prisma_migrations' ORDER BY ordinal_position`,
    );
    expect(columns.map((column) => Object.values(column).join(" "))).toEqual([
      "id character varying 36 NO ",
      "checksum character varying 64 NO ",
      "finished_at timestamp with time zone  YES ",
      "migration_name character varying 255 NO ",
      "logs text  YES ",
      "rolled_back_at timestamp with time zone  YES ",
      "started_at timestamp with time zone  NO now()",
      "applied_steps_count integer  NO 0",
    ]);
  });

  test("of eight processes that start at once lets one apply, and none fail", async () => {
    await writeMigration("1_slow", "CREATE TABLE a (id int); SELECT pg_sleep(0.05);");
    await writeMigration("2_next", "CREATE TABLE b (id int);");
    const applied = await Promise.all(Array.from({ length: 8 }, () => applyMigrations(url, folder)));
    expect(applied.flat().sort()).toEqual(["1_slow", "2_next"]);
    expect(await rows()).toHaveLength(2);
  });

  test("stops at a migration that fails, undoes it, records what it said, and refuses to go on", async () => {
    await writeMigration("1_good", "CREATE TABLE a (id int);");
    await writeMigration("2_bad", "CREATE TABLE b (id int); INSERT INTO nowhere VALUES (1);");
    await writeMigration("3_after", "CREATE TABLE c (id int);");
    await expect(applyMigrations(url, folder)).rejects.toThrow(new MigrationError('Migration 2_bad failed: relation "nowhere" does not exist'));
    expect(await rows()).toMatchObject([
      { migration_name: "1_good", applied_steps_count: 1, logs: null },
      { migration_name: "2_bad", applied_steps_count: 0, finished_at: null, logs: 'relation "nowhere" does not exist' },
    ]);
    expect(await hasTable("b")).toBe(false);
    for (const attempt of [applyMigrations, checkMigrations]) await expect(attempt(url, folder)).rejects.toThrow(/2_bad failed \(relation "nowhere" does not exist\)/);
    expect(await hasTable("c")).toBe(false);
  });

  test("records a failure also of a script that opened a transaction of its own", async () => {
    await writeMigration("1_bad", "BEGIN; CREATE TABLE a (id int); INSERT INTO nowhere VALUES (1); COMMIT;");
    await expect(applyMigrations(url, folder)).rejects.toThrow(MigrationError);
    expect(await rows()).toMatchObject([{ migration_name: "1_bad", finished_at: null, logs: 'relation "nowhere" does not exist' }]);
  });

  test("applies a failed migration anew once a person has marked it as rolled back", async () => {
    await writeMigration("1_first", "INSERT INTO nowhere VALUES (1);");
    await expect(applyMigrations(url, folder)).rejects.toThrow(MigrationError);
    await client.query("UPDATE _prisma_migrations SET rolled_back_at = now()");
    await writeMigration("1_first", "CREATE TABLE a (id int);");
    expect(await applyMigrations(url, folder)).toEqual(["1_first"]);
    await checkMigrations(url, folder);
  });
});

describe("the check at start", () => {
  test("names every pending, edited and unknown migration", async () => {
    await writeMigration("1_edited", "CREATE TABLE a (id int);");
    await writeMigration("2_gone", "CREATE TABLE b (id int);");
    await applyMigrations(url, folder);
    await writeMigration("1_edited", "CREATE TABLE a (id bigint);");
    await rm(join(folder, "2_gone"), { recursive: true });
    await writeMigration("3_new", "CREATE TABLE c (id int);");
    const check = checkMigrations(url, folder);
    await expect(check).rejects.toThrow(MigrationError);
    await expect(check).rejects.toThrow(/1_edited was edited[^]*2_gone is unknown[^]*3_new is pending/);
    await expect(applyMigrations(url, folder)).rejects.toThrow(/1_edited was edited/);
    expect(await hasTable("c")).toBe(false);
  });

  test("takes a database without any record as one where everything is pending", async () => {
    await writeMigration("1_first", "CREATE TABLE a (id int);");
    await expect(checkMigrations(url, folder)).rejects.toThrow("Migration 1_first is pending: apply the migrations first.");
    expect(await hasTable("_prisma_migrations")).toBe(false);
  });

  test("says which folder lacks its script, and that a server is not there", async () => {
    await mkdir(join(folder, "1_empty"));
    await expect(checkMigrations(url, folder)).rejects.toThrow(/1_empty has no readable migration.sql/);
    await expect(checkMigrations("postgresql://nobody@127.0.0.1:1/none", migrationsFolder)).rejects.toMatchObject({ code: "db.unavailable" });
  });
});
