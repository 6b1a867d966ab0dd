import type { Command } from "commander";
import { askForRun, followRun, wentWell } from "../follow-run.js";
import { connectFromOptions, withConnectionOptions, type ConnectionOptions } from "./connection.js";

export function registerTrain(program: Command): void {
  withConnectionOptions(program.command("train"))
    .description("start a training run and watch it to its end")
    .option("--cutoff <day>", "last day the models may see (YYYY-MM-DD); yesterday when absent")
    .option("--products <ids>", "comma-separated product ids; all when absent")
    .action(async (options: ConnectionOptions & { cutoff?: string; products?: string }) => {
      const { api, tenantId } = await connectFromOptions(options);
      const { runId, isNew } = await askForRun(api, tenantId, {
        ...(options.cutoff === undefined ? {} : { cutoff: options.cutoff }),
        ...(options.products === undefined ? {} : { productIds: options.products.split(",") }),
      });
      console.log(isNew ? `Run ${runId} accepted` : `Run ${runId} is already open; following it`);
      process.exitCode = wentWell(await followRun(api, tenantId, runId)) ? 0 : 1;
    });
}
