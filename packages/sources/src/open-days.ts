/** The days on which the shop was open and, as far as it has planned them, will be. */
import type { BusinessDay, Tenant } from "@levain/contracts";
import { addressOf } from "./address.js";
import type { Client } from "./client.js";
import type { DayRange } from "./daily-columns.js";
import { pagesOf } from "./pages.js";
import { OpenDaysPage } from "./wire-format.js";

/** Ascending, each day once, within the range. */
export async function loadOpenDays(client: Client, tenant: Tenant, range: DayRange, signal: AbortSignal): Promise<BusinessDay[]> {
  const query = { from: range.from, to: range.until };
  const days = new Set<BusinessDay>();
  const pages = pagesOf("open-days", client.limits.pagesMax, (cursor) =>
    client.get("open-days", addressOf(tenant.sources.sales, ["open-days"], { ...query, cursor }), OpenDaysPage, signal),
  );
  for await (const page of pages) {
    for (const day of page.days) if (day >= range.from && day <= range.until) days.add(day);
  }
  return [...days].sort();
}
