import { checkMigrations, migrationsFolder, openDb } from "@levain/db";
import { readConfig } from "@levain/runtime";
import type { Command } from "commander";
import { z } from "zod";
import { StartError } from "../embedded/server-process.js";

export function registerIssueKey(program: Command): void {
  program
    .command("issue-key")
    .description("make a key for the API; it is shown once and kept as a digest")
    .option("--operator", "a key that opens every tenant and the operations pages", false)
    .option("--tenant <id>", "a key that opens one tenant")
    .option("--label <words>", "what to call it", "issued on the command line")
    .action(async (options: { operator: boolean; tenant?: string; label: string }) => {
      if (options.operator === (options.tenant !== undefined)) throw new StartError("Say whom the key is for: either --operator or --tenant <id>.");
      const { DATABASE_URL } = readConfig(z.object({ DATABASE_URL: z.url() }));
      await checkMigrations(DATABASE_URL, migrationsFolder);
      const db = openDb({ url: DATABASE_URL, poolMax: 1, applicationName: "levain-cli" });
      try {
        if (options.tenant !== undefined && !(await db.tenants.find(options.tenant))) throw new StartError(`There is no tenant ${options.tenant}.`);
        const role = options.operator ? "operator" : "tenant";
        const { secret } = await db.keys.issue({ role, tenantId: options.tenant, label: options.label });
        console.log(secret);
      } finally {
        await db.close();
      }
    });
}
