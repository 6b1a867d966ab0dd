import { availableParallelism } from "node:os";
import { InvalidArgumentError, Option, type Command } from "commander";
import { backtestFolder, type BacktestOptions } from "../backtest/backtest.js";
import { openBacktestProgress } from "../backtest/progress.js";
import { summaryTable } from "../backtest/summary.js";
import { untilInterrupted } from "./interrupt.js";

export function registerBacktest(program: Command): void {
  program
    .command("backtest")
    .argument("<folder>", "a tenant folder: tenant.json, sales.csv and, where there are, calendar.csv, weather.csv, traffic.csv")
    .description("forecast the past of a tenant folder from several cutoffs and judge the forecasts; needs no server")
    .option("--horizon <days>", "days ahead that are forecast from each cutoff", between(1, 28), 14)
    .option("--cutoffs <count>", "how many cutoffs; the last one lies a horizon before the folder's last day", between(1, 1_000), 6)
    .option("--step <days>", "days between two cutoffs", between(1, 365), 14)
    .option("--out <file>", "where the rows go, one JSON line per product, cutoff and open day ahead", "rows.jsonl")
    .addOption(new Option("--weather <kind>", "after a cutoff: the normal course of the days before it, or what came (optimistic)").choices(["climatology", "actual"]).default("climatology"))
    .option("--threads <count>", "threads that compute", between(1, 256), availableParallelism())
    .option("--products <ids>", "comma-separated product ids; all when absent", (ids: string) => ids.split(","))
    .action(async (folder: string, options: Omit<BacktestOptions, "folder">) => {
      const progress = openBacktestProgress();
      const interrupted = untilInterrupted();
      try {
        const result = await backtestFolder({ ...options, folder }, progress, interrupted);
        progress.end();
        console.log(`${summaryTable(result)}\n${result.cases.length} forecasts in ${options.out}`);
        if (result.failed.length > 0) process.exitCode = 1;
      } catch (error) {
        if (!interrupted.aborted) throw error;
        console.error("Stopped before the end; no rows were written.");
        process.exitCode = 130;
      } finally {
        progress.end();
      }
    });
}

const between =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least || value > most) throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
    return value;
  };
