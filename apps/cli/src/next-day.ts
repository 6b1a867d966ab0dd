/** What all the training is for: how many to bake on the next day that the shop is open. */
import { ApiProblem, everyItem, type Levain } from "@levain/client";
import type { BakePlanView, BusinessDay, ForecastItem, ForecastView } from "@levain/contracts";
import { bakeListSummary, bakeListTable, forecastTable, type NamedForecast } from "./bake-list.js";

/** As many as a page of the API holds. */
const PAGE = 200;

/** @param date the first day with forecasts after today when absent, and of an old history simply the first @returns for a person; what is wanting is said */
export async function nextDayInWords(api: Levain, tenantId: string, date: BusinessDay | undefined, today: BusinessDay): Promise<string> {
  const forecasts = await forecastsOf(api, tenantId);
  const day = date ?? nextDay(forecasts, today);
  if (day === undefined) return "No product has a forecast yet.";
  const plan = await planOf(api, tenantId, day);
  if (plan) return `To bake on ${weekdayOf(day)}, ${day}:\n${bakeListTable(plan)}\n${bakeListSummary(plan)}`;
  return `Expected on ${weekdayOf(day)}, ${day}:\n${forecastTable(await namedOn(day, forecasts, api, tenantId))}\nTell what things cost, in economics.json or PUT …/economics, and this becomes a list of what to bake.`;
}

async function forecastsOf(api: Levain, tenantId: string): Promise<ForecastView[]> {
  const forecasts: ForecastView[] = [];
  const pages = (cursor?: string) => api.get("/v1/tenants/{tenantId}/forecasts", { params: { path: { tenantId }, query: { limit: PAGE, cursor } } });
  for await (const item of everyItem(pages)) if (isForecast(item)) forecasts.push(item);
  return forecasts;
}

const isForecast = (item: ForecastItem): item is ForecastView => "days" in item;

/** Exported for tests. @returns undefined where nothing is forecast */
export function nextDay(forecasts: readonly Pick<ForecastView, "days">[], today: BusinessDay): BusinessDay | undefined {
  const days = forecasts.flatMap((forecast) => forecast.days.map(({ day }) => day)).sort();
  return days.find((day) => day > today) ?? days[0];
}

/** @returns null where nobody has told prices and costs */
async function planOf(api: Levain, tenantId: string, date: BusinessDay): Promise<BakePlanView | null> {
  try {
    return await api.get("/v1/tenants/{tenantId}/bake-plan", { params: { path: { tenantId }, query: { date } } });
  } catch (error) {
    if (error instanceof ApiProblem && error.problem.type === "urn:levain:problem:no-economics") return null;
    throw error;
  }
}

async function namedOn(date: BusinessDay, forecasts: readonly ForecastView[], api: Levain, tenantId: string): Promise<NamedForecast[]> {
  const names = new Map<string, string>();
  const pages = (cursor?: string) => api.get("/v1/tenants/{tenantId}/products", { params: { path: { tenantId }, query: { limit: PAGE, cursor } } });
  for await (const { id, name } of everyItem(pages)) names.set(id, name);
  return forecasts.flatMap(({ productId, days }) => {
    const day = days.find((each) => each.day === date);
    return day ? [{ productName: names.get(productId) ?? productId, day }] : [];
  });
}

const weekdayOf = (day: BusinessDay): string => new Intl.DateTimeFormat("en", { weekday: "long", timeZone: "UTC" }).format(new Date(`${day}T00:00:00Z`));
