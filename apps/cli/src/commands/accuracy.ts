import { InvalidArgumentError, type Command } from "commander";
import { accuracySummary, accuracyTable } from "../accuracy-table.js";
import { connectFromOptions, withConnectionOptions, type ConnectionOptions } from "./connection.js";

/** As many as a page of the API holds. */
const PRODUCTS_MAX = 200;

type Options = ConnectionOptions & { readonly from?: string; readonly until?: string; readonly products: number };

export function registerAccuracy(program: Command): void {
  withConnectionOptions(program.command("accuracy"))
    .description("how good the forecasts were that were valid at the time, and what baking by them cost; the worst products first")
    .option("--from <day>", "first day (YYYY-MM-DD); four weeks up to the last when absent")
    .option("--until <day>", "last day; yesterday when absent")
    .option("--products <count>", "how many products to show", upTo(PRODUCTS_MAX), 20)
    .action(async ({ from, until, products, ...options }: Options) => {
      const { api, tenantId } = await connectFromOptions(options);
      const accuracy = await api.get("/v1/tenants/{tenantId}/accuracy", { params: { path: { tenantId }, query: { limit: products, from, until } } });
      console.log(accuracySummary(accuracy));
      if (accuracy.items.length > 0) console.log(accuracyTable(accuracy.items));
    });
}

const upTo =
  (most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < 1 || value > most) throw new InvalidArgumentError(`Expected a whole number from 1 to ${most}.`);
    return value;
  };
