import Table from "cli-table3";
import type { Command } from "commander";
import { withDatabase } from "./open-database.js";

export function registerListKeys(program: Command): void {
  program
    .command("list-keys")
    .description("show keys without their secrets, the newest first")
    .option("--tenant <id>", "a tenant's keys; those of operators and viewers when absent")
    .action(async ({ tenant }: { tenant?: string }) => {
      const keys = await withDatabase((db) => db.keys.list(tenant ?? null));
      const table = new Table({ head: ["key id", "role", "label", "issued", "good until", "revoked"], style: { head: [] } });
      for (const { keyId, role, label, createdAt, expiresAt, revokedAt } of keys) table.push([keyId, role, label, minuteOf(createdAt), minuteOf(expiresAt), minuteOf(revokedAt)]);
      console.log(table.toString());
    });
}

const minuteOf = (at: Date | null): string => (at === null ? "–" : `${at.toISOString().slice(0, 16).replace("T", " ")} UTC`);
