import type { Command } from "commander";
import { StartError } from "../embedded/server-process.js";
import { withDatabase } from "./open-database.js";

export function registerRevokeKey(program: Command): void {
  program
    .command("revoke-key <keyId>")
    .description("end a key for good, at once; its id is the part of the key between the underscores")
    .action(async (keyId: string) => {
      if (!(await withDatabase((db) => db.keys.revoke(keyId)))) throw new StartError(`There is no key ${keyId} that was not revoked before.`);
      console.log(`Key ${keyId} opens nothing any more.`);
    });
}
