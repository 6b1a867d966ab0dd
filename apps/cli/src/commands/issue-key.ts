import type { Command } from "commander";
import { StartError } from "../embedded/server-process.js";
import { withDatabase } from "./open-database.js";

type Options = { readonly operator: boolean; readonly viewer: boolean; readonly tenant?: string; readonly label: string; readonly days?: number };

const DAY_MS = 86_400_000;

export function registerIssueKey(program: Command): void {
  program
    .command("issue-key")
    .description("make a key for the API; it is shown once and kept as a digest")
    .option("--operator", "a key that opens every tenant and the operations pages", false)
    .option("--viewer", "a key that sees what an operator sees and changes nothing", false)
    .option("--tenant <id>", "a key that opens one tenant")
    .option("--label <words>", "what to call it", "issued on the command line")
    .option("--days <days>", "how long it is good; for ever when absent", Number)
    .action(async ({ operator, viewer, tenant, label, days }: Options) => {
      if ([operator, viewer, tenant !== undefined].filter(Boolean).length !== 1) throw new StartError("Say whom the key is for: --operator, --viewer or --tenant <id>.");
      if (days !== undefined && !(days > 0)) throw new StartError("Say for how many days the key is good, such as --days 90.");
      const expiresAt = days === undefined ? undefined : new Date(Date.now() + days * DAY_MS);
      const role = operator ? "operator" : viewer ? "viewer" : "tenant";
      await withDatabase(async (db) => {
        if (tenant !== undefined && !(await db.tenants.find(tenant))) throw new StartError(`There is no tenant ${tenant}.`);
        const { secret } = await db.keys.issue({ role, tenantId: tenant, label, expiresAt });
        console.log(secret);
      });
    });
}
