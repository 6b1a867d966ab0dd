import { businessDayOf } from "@levain/calendar";
import { BusinessDay } from "@levain/contracts";
import { InvalidArgumentError, type Command } from "commander";
import { nextDayInWords } from "../next-day.js";
import { connectFromOptions, withConnectionOptions, type ConnectionOptions } from "./connection.js";

export function registerPlan(program: Command): void {
  withConnectionOptions(program.command("plan"))
    .description("how many of each product to bake on a day; where nobody has told prices and costs, what is expected to be asked for")
    .option("--date <day>", "the day (YYYY-MM-DD); the next one that the shop is open when absent", asDay)
    .action(async ({ date, ...options }: ConnectionOptions & { date?: BusinessDay }) => {
      const { api, tenantId } = await connectFromOptions(options);
      console.log(await nextDayInWords(api, tenantId, date, todayHere()));
    });
}

/** By the clock and the zone of whoever asks. */
export const todayHere = (): BusinessDay => businessDayOf(new Date(), Intl.DateTimeFormat().resolvedOptions().timeZone);

function asDay(text: string): BusinessDay {
  const day = BusinessDay.safeParse(text);
  if (!day.success) throw new InvalidArgumentError("Expected a day such as 2026-03-14.");
  return day.data;
}
