/** Databases on a PostgreSQL server that one administers: one to live in, or a copy of one's own for a test. */
import { createHash, randomBytes } from "node:crypto";
import pg from "pg";
import { translate } from "./failures.js";
import { applyMigrations } from "./migrate.js";
import { readMigrations } from "./migrations.js";

/** Creates the database unless it is there, and returns its address. @param serverUrl administrator's address of the server */
export async function createDatabase(serverUrl: string, name: string): Promise<string> {
  await administer(serverUrl, (client) => createUnlessThere(client, name));
  return addressOf(serverUrl, name);
}

/**
 * A migrated database of one's own, copied from a template that is migrated once per state of the migrations folder:
 * some 50 ms instead of a whole migration.
 */
export async function copyDatabase(serverUrl: string, folder: string): Promise<{ readonly url: string; drop(): Promise<void> }> {
  const name = `levain_copy_${randomBytes(6).toString("hex")}`;
  await administer(serverUrl, async (client) => {
    const template = await templateDatabase(client, serverUrl, folder);
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  });
  return {
    url: addressOf(serverUrl, name),
    drop: () => administer(serverUrl, async (client) => void (await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))),
  };
}

async function templateDatabase(client: pg.Client, serverUrl: string, folder: string): Promise<string> {
  const migrations = await readMigrations(folder);
  const digest = createHash("sha256").update(migrations.map(({ checksum }) => checksum).join());
  const name = `levain_template_${digest.digest("hex").slice(0, 12)}`;
  // Until the lock is released with the connection, nobody else creates or half sees the template.
  await client.query("SELECT pg_advisory_lock(hashtext($1))", [name]);
  if (await createUnlessThere(client, name)) {
    await applyMigrations(addressOf(serverUrl, name), folder).catch(async (fault: unknown) => {
      await client.query(`DROP DATABASE ${name} WITH (FORCE)`);
      throw fault;
    });
  }
  return name;
}

async function createUnlessThere(client: pg.Client, name: string): Promise<boolean> {
  const { rowCount } = await client.query("SELECT FROM pg_database WHERE datname = $1", [name]);
  if (rowCount !== 0) return false;
  await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
  return true;
}

async function administer<T>(serverUrl: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: serverUrl });
  try {
    await client.connect();
    return await use(client);
  } catch (fault) {
    throw translate(fault);
  } finally {
    await client.end();
  }
}

function addressOf(serverUrl: string, database: string): string {
  const address = new URL(serverUrl);
  address.pathname = `/${encodeURIComponent(database)}`;
  return address.href;
}
