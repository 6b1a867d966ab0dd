import { checkMigrations, migrationsFolder, openDb, type Db } from "@levain/db";
import { readConfig } from "@levain/runtime";
import { z } from "zod";

/** Does something with the database that DATABASE_URL names, once it is found to be as this version expects it. */
export async function withDatabase<T>(use: (db: Db) => Promise<T>): Promise<T> {
  const { DATABASE_URL } = readConfig(z.object({ DATABASE_URL: z.url() }));
  await checkMigrations(DATABASE_URL, migrationsFolder);
  const db = openDb({ url: DATABASE_URL, poolMax: 1, applicationName: "levain-cli" });
  try {
    return await use(db);
  } finally {
    await db.close();
  }
}
