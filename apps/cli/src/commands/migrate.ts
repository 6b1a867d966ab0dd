import { applyMigrations, migrationsFolder } from "@levain/db";
import { readConfig } from "@levain/runtime";
import type { Command } from "commander";
import { z } from "zod";

export function registerMigrate(program: Command): void {
  program
    .command("migrate")
    .description("bring the database that DATABASE_URL names to where this version expects it")
    .action(async () => {
      const { DATABASE_URL } = readConfig(z.object({ DATABASE_URL: z.url() }));
      const applied = await applyMigrations(DATABASE_URL, migrationsFolder);
      console.log(applied.length === 0 ? "The database is up to date." : `Applied ${applied.join(", ")}.`);
    });
}
