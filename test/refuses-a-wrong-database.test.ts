/** Every process compares the migrations folder with the database before it does anything else. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyDatabase, createDatabase, migrationsFolder } from "@levain/db";
import pg from "pg";
import { expect, inject, it } from "vitest";

type Ending = { readonly code: number | null; readonly output: string };

async function startAndEnd(app: string, databaseUrl: string): Promise<Ending> {
  const child = spawn(process.execPath, [`apps/${app}/dist/main.js`], { env: { ...process.env, DATABASE_URL: databaseUrl, REDIS_URL: inject("redisUrl"), PORT: "0" } });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, output };
}

const aMigration = /20\d{12}_\w+/;

it.each(["producer", "worker"])("the %s refuses to start on a database that was never migrated, naming what is pending", async (app) => {
  const url = await createDatabase(inject("postgresUrl"), `empty_${app}`);
  const { code, output } = await startAndEnd(app, url);
  expect(code).toBe(1);
  expect(output).toMatch(/pending/);
  expect(output).toMatch(aMigration);
  expect(output).not.toMatch(/\n\s+at /);
});

it.each(["producer", "worker"])("the %s refuses to start when a migration was edited after it was applied, naming it", async (app) => {
  const database = await copyDatabase(inject("postgresUrl"), migrationsFolder);
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query("UPDATE _prisma_migrations SET checksum = repeat('0', 64)");
  await client.end();
  const { code, output } = await startAndEnd(app, database.url);
  expect(code).toBe(1);
  expect(output).toMatch(/edited/);
  expect(output).toMatch(aMigration);
  await database.drop();
});

it("a worker with wrong settings names all of them at once and exits with code 2", async () => {
  const child = spawn(process.execPath, ["apps/worker/dist/main.js"], { env: { PATH: process.env["PATH"], FIT_THREADS: "none" } });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  expect(code).toBe(2);
  for (const name of ["DATABASE_URL", "REDIS_URL", "FIT_THREADS"]) expect(output).toContain(name);
});
