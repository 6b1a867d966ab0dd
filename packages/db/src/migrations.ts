/** The migrations folder beside the `_prisma_migrations` table: what is pending, failed, edited or unknown. */
import { createHash } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The migrations this code was written against. */
export const migrationsFolder = fileURLToPath(new URL("../../../prisma/migrations", import.meta.url));

/** The database and the migrations folder disagree, or a migration failed. The message says what a person must look at. */
export class MigrationError extends Error {
  override readonly name = "MigrationError";
}

export type Migration = { readonly name: string; readonly sql: string; readonly checksum: string };

/** In the order they are applied: by name, which begins with a timestamp. The checksum is Prisma's: SHA-256 of the file. */
export async function readMigrations(folder: string): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(names.sort().map((name) => readMigration(folder, name)));
}

async function readMigration(folder: string, name: string): Promise<Migration> {
  const bytes = await readFile(join(folder, name, "migration.sql")).catch((cause: unknown) => {
    throw new MigrationError(`Migration ${name} has no readable migration.sql in ${folder}.`, { cause });
  });
  return { name, sql: bytes.toString("utf8"), checksum: createHash("sha256").update(bytes).digest("hex") };
}

/** A row of `_prisma_migrations` that was not rolled back. */
export type RecordedMigration = { readonly name: string; readonly checksum: string; readonly isFinished: boolean; readonly logs: string | null };

export type MigrationState = {
  readonly pending: readonly Migration[];
  /** One sentence per migration that stands in the way of applying anything. */
  readonly troubles: readonly string[];
};

export function compareMigrations(migrations: readonly Migration[], recorded: readonly RecordedMigration[]): MigrationState {
  const byName = new Map(migrations.map((migration) => [migration.name, migration]));
  const troubles: string[] = [];
  const applied = new Set<string>();
  for (const { name, checksum, isFinished, logs } of recorded) {
    applied.add(name);
    const migration = byName.get(name);
    if (!isFinished) troubles.push(`${name} failed${logs ? ` (${logs.split("\n", 1)[0]})` : ""}: repair the database, then mark the row as rolled back or finished.`);
    else if (!migration) troubles.push(`${name} is unknown: it was applied, but is not in the migrations folder. Is this an older version of the code?`);
    else if (migration.checksum !== checksum) troubles.push(`${name} was edited after it was applied: its SHA-256 was ${checksum} and is ${migration.checksum}.`);
  }
  return { pending: migrations.filter(({ name }) => !applied.has(name)), troubles };
}
