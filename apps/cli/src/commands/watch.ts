import type { Command } from "commander";
import { followRun, wentWell } from "../follow-run.js";
import { connectFromOptions, withConnectionOptions, type ConnectionOptions } from "./connection.js";

export function registerWatch(program: Command): void {
  withConnectionOptions(program.command("watch").argument("<run>", "id of the training run"))
    .description("watch a training run to its end")
    .action(async (runId: string, options: ConnectionOptions) => {
      const { api, tenantId } = await connectFromOptions(options);
      process.exitCode = wentWell(await followRun(api, tenantId, runId)) ? 0 : 1;
    });
}
