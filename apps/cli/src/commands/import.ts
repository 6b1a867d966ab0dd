import type { Command } from "commander";
import { askForRun, followRun, wentWell } from "../follow-run.js";
import { nextDayInWords } from "../next-day.js";
import { importFolder, type Imported } from "../import/import-folder.js";
import { openUploadBar } from "../import/upload-bar.js";
import { todayHere } from "./plan.js";
import { connectAsOperator, rememberTenant, type ProducerOptions, withProducerOptions } from "./connection.js";

/** Rejected rows shown one by one. */
const SHOWN_MAX = 10;

export function registerImport(program: Command): void {
  withProducerOptions(program.command("import"))
    .argument("<data>", "a tenant folder: tenant.json, sales.csv and, where there are, calendar.csv, weather.csv, traffic.csv, economics.json")
    .description("store a tenant folder in a running Levain: create or update the tenant with the settings of tenant.json, and upload its data; again changes nothing")
    .option("--train", "train the tenant on it, up to its last day of sales, and show the result and what to bake", false)
    .action(async (data: string, options: ProducerOptions & { train: boolean }) => {
      const api = await connectAsOperator(options);
      const imported = await importFolder(data, api, openUploadBar());
      await rememberTenant(options, imported.tenantId);
      console.log(inWords(imported));
      if (!options.train) return console.log(`Train it: npm run levain -- train --tenant ${imported.tenantId} --cutoff ${imported.lastDay}`);
      const { runId } = await askForRun(api, imported.tenantId, { cutoff: imported.lastDay });
      console.log(`Training ${imported.tenantId} up to ${imported.lastDay} (run ${runId})`);
      process.exitCode = wentWell(await followRun(api, imported.tenantId, runId)) ? 0 : 1;
      console.log(`\n${await nextDayInWords(api, imported.tenantId, undefined, todayHere())}`);
    });
}

function inWords({ tenantId, sales, columns }: Imported): string {
  const { rows, added, replaced, unchanged, rejected, errors, stored } = sales;
  const others = [...columns].map(([source, count]) => `${count} of ${source}`).join(", ");
  return [
    `${tenantId}: ${rows} rows of sales: ${added} added, ${replaced} replaced, ${unchanged} unchanged, ${rejected} rejected.`,
    ...errors.slice(0, SHOWN_MAX).map(({ line, reason }) => `  sales.csv, line ${line}: ${reason}`),
    ...(rejected > SHOWN_MAX ? [`  … and ${rejected - SHOWN_MAX} more`] : []),
    `Stored: ${stored.products} products, sales from ${stored.firstDay} to ${stored.lastDay}${others === "" ? "" : `; daily columns: ${others}`}.`,
  ].join("\n");
}
