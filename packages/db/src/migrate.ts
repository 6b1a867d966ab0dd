/**
 * A small migrator that stands in for `prisma migrate deploy`, whose engine cannot be downloaded everywhere: the same
 * table, the same rows, the same advisory lock, so that either can continue the other's work.
 *
 * A migration is sent as one script, which PostgreSQL runs as one transaction: it is applied wholly or not at all.
 * One that failed leaves its row without `finished_at`, and nothing runs on that database until a person has looked.
 */
import { randomUUID } from "node:crypto";
import pg from "pg";
import { translate } from "./failures.js";
import { compareMigrations, MigrationError, readMigrations, type Migration, type RecordedMigration } from "./migrations.js";

/** The advisory lock that Prisma's own schema engine takes. */
const MIGRATION_LOCK = 72_707_369;

/** Milliseconds to wait for another process that is migrating the same database. */
const LOCK_WAIT_MS = 120_000;

const CONNECT_TIMEOUT_MS = 5_000;

/** As Prisma creates it. */
const MIGRATIONS_TABLE = `
  CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id                      VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum                VARCHAR(64) NOT NULL,
    finished_at             TIMESTAMPTZ,
    migration_name          VARCHAR(255) NOT NULL,
    logs                    TEXT,
    rolled_back_at          TIMESTAMPTZ,
    started_at              TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count     INTEGER NOT NULL DEFAULT 0
  )`;

/** Applies what is pending, one process at a time, and returns the names. Throws a MigrationError before touching a database in doubt. */
export async function applyMigrations(url: string, folder: string): Promise<string[]> {
  const migrations = await readMigrations(folder);
  return withClient(url, async (client) => {
    await client.query(`SET lock_timeout = ${LOCK_WAIT_MS}`);
    await client.query("SELECT pg_advisory_lock($1)", [MIGRATION_LOCK]);
    await client.query(MIGRATIONS_TABLE);
    const { pending, troubles } = compareMigrations(migrations, await recordedMigrations(client));
    if (troubles.length > 0) throw new MigrationError(explain(troubles));
    for (const migration of pending) await apply(client, migration);
    return pending.map(({ name }) => name);
  });
}

/** Throws a MigrationError that names every pending, failed, edited or unknown migration; returns when there is none. */
export async function checkMigrations(url: string, folder: string): Promise<void> {
  const migrations = await readMigrations(folder);
  const recorded = await withClient(url, recordedMigrations);
  const { pending, troubles } = compareMigrations(migrations, recorded);
  const sentences = [...troubles, ...pending.map(({ name }) => `${name} is pending: apply the migrations first.`)];
  if (sentences.length > 0) throw new MigrationError(explain(sentences));
}

async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  const id = randomUUID();
  await client.query("INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ($1, $2, $3)", [id, checksum, name]);
  try {
    await client.query(sql);
  } catch (cause) {
    // A script with a BEGIN of its own may have left its transaction open, in which nothing could be written.
    await client.query("ROLLBACK");
    const logs = cause instanceof Error ? cause.message : String(cause);
    await client.query("UPDATE _prisma_migrations SET logs = $2 WHERE id = $1", [id, logs]);
    throw new MigrationError(`Migration ${name} failed: ${logs}`, { cause });
  }
  await client.query("UPDATE _prisma_migrations SET finished_at = now(), applied_steps_count = 1 WHERE id = $1", [id]);
}

async function recordedMigrations(client: pg.Client): Promise<RecordedMigration[]> {
  const { rows: tables } = await client.query("SELECT FROM pg_tables WHERE schemaname = current_schema() AND tablename = '_prisma_migrations'");
  if (tables.length === 0) return [];
  const { rows } = await client.query<RecordedMigration>(
    `SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS "isFinished", logs
     FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY migration_name, started_at`,
  );
  return rows;
}

const explain = (sentences: readonly string[]): string =>
  sentences.length === 1 ? `Migration ${sentences[0]}` : `The database and the migrations folder disagree:\n${sentences.map((sentence) => `- ${sentence}`).join("\n")}`;

async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS, application_name: "levain-migrate" });
  // A connection lost between two queries would otherwise end the process; the next query tells of it anyway.
  client.on("error", () => undefined);
  try {
    await client.connect();
    return await use(client);
  } catch (fault) {
    throw translate(fault);
  } finally {
    await client.end();
  }
}
