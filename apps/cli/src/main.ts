/** `levain`: start everything embedded, train and watch, back-test a folder, prepare a database. */
import { ApiProblem } from "@levain/client";
import { Failure } from "@levain/contracts";
import { MigrationError } from "@levain/db";
import { ConfigError } from "@levain/runtime";
import { FolderError } from "@levain/sources";
import { Command } from "commander";
import { registerAccuracy } from "./commands/accuracy.js";
import { registerBacktest } from "./commands/backtest.js";
import { registerImport } from "./commands/import.js";
import { registerIssueKey } from "./commands/issue-key.js";
import { registerListKeys } from "./commands/list-keys.js";
import { registerMigrate } from "./commands/migrate.js";
import { registerPlan } from "./commands/plan.js";
import { registerRevokeKey } from "./commands/revoke-key.js";
import { registerTrain } from "./commands/train.js";
import { registerUp } from "./commands/up.js";
import { registerWatch } from "./commands/watch.js";
import { registerWebhooks } from "./commands/webhooks.js";
import { StartError } from "./embedded/server-process.js";

const program = new Command("levain")
  .description("Demand forecasts for bakeries: one model per product, trained by a fleet of workers.")
  .showHelpAfterError("Add --help to see what there is.");
const COMMANDS = [
  registerUp,
  registerTrain,
  registerWatch,
  registerImport,
  registerBacktest,
  registerPlan,
  registerAccuracy,
  registerMigrate,
  registerIssueKey,
  registerListKeys,
  registerRevokeKey,
  registerWebhooks,
];
for (const register of COMMANDS) register(program);

try {
  await program.parseAsync();
} catch (error) {
  console.error(isExpected(error) ? error.message : error);
  process.exitCode = 1;
}

/** What a person can mend by reading the message; anything else is a fault of ours and shows where. */
function isExpected(error: unknown): error is Error {
  if ([StartError, ApiProblem, ConfigError, MigrationError, FolderError, Failure].some((expected) => error instanceof expected)) return true;
  // What the operating system says of a file, a port or an address.
  return error instanceof Error && "syscall" in error;
}
