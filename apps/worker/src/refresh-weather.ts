/**
 * Once a day: the weather forecast of each tenant's place, and what the models that serve say with it. No model is written.
 *
 *     due ──fetched──▶ kept ──told to every champion──▶ told
 *      └── source down: the last one stays, and the next tick asks again
 *
 * Postgres is the authority on both arrows, so a worker that dies between them leaves the rest to the next tick, and two
 * that do the same at once write the same rows.
 */
import { setImmediate } from "node:timers/promises";
import { addDays, businessDayOf } from "@levain/calendar";
import { Failure, type DailyColumn, type RunContext, type RunId, type Tenant, type WeatherAhead } from "@levain/contracts";
import type { ForecastIssue, Page, PageRequest, ServedProduct } from "@levain/db";
import type { Drivers } from "@levain/forecast";
import { contextAhead, driversAhead, forecastAgain, isWeatherDue, reachesBeyond, toldOfWeather, WEATHER_AHEAD_DAYS } from "@levain/training";

export type RefreshDeps = {
  tenants(): Promise<readonly Tenant[]>;
  /** When each tenant's newest was issued. */
  lastIssued(): Promise<ReadonlyMap<string, Date>>;
  /** None where nothing is configured that would know. @throws Failure of a `source.*` code */
  loadWeatherAhead(tenant: Tenant, range: { readonly from: string; readonly until: string }, signal: AbortSignal): Promise<readonly DailyColumn[]>;
  keepWeather(tenantId: string, weather: WeatherAhead): Promise<void>;
  /** What was kept and not yet told to every champion. */
  untold(): Promise<readonly { readonly tenantId: string; readonly weather: WeatherAhead }[]>;
  servedProducts(tenantId: string, page: PageRequest): Promise<Page<ServedProduct>>;
  keptContext(tenantId: string, runId: RunId): Promise<RunContext | null>;
  keepIssues(tenantId: string, weather: WeatherAhead, issues: readonly ForecastIssue[]): Promise<void>;
  markTold(tenantId: string, weather: WeatherAhead): Promise<void>;
  info(sentence: string, fields: Record<string, unknown>): void;
  warn(sentence: string, fields: Record<string, unknown>): void;
  now(): Date;
};

/** Tenants asked for at once: one service mostly serves them all, and its limits are per origin. */
const TENANTS_AT_ONCE = 4;

/** @throws why `signal` was aborted */
export async function fetchDueWeather(deps: RefreshDeps, signal: AbortSignal): Promise<void> {
  const [tenants, issued] = await Promise.all([deps.tenants(), deps.lastIssued()]);
  const due = tenants.filter((tenant) => isWeatherDue(deps.now(), { ...tenant, issuedAt: issued.get(tenant.id) ?? null }));
  const next = due.values();
  await Promise.all(Array.from({ length: TENANTS_AT_ONCE }, async () => {
    for (const tenant of next) await fetchWeather(tenant, deps, signal);
  }));
}

async function fetchWeather(tenant: Tenant, deps: RefreshDeps, signal: AbortSignal): Promise<void> {
  const now = deps.now();
  const firstDay = businessDayOf(now, tenant.timeZone);
  try {
    const columns = await deps.loadWeatherAhead(tenant, { from: firstDay, until: addDays(firstDay, WEATHER_AHEAD_DAYS - 1) }, signal);
    if (columns.length === 0) return;
    await deps.keepWeather(tenant.id, { issuedAt: now.toISOString(), firstDay, columns: columns.map(({ name, values }) => ({ name, values: [...values] })) });
  } catch (error) {
    // Only what the source did: a worker that is being stopped must stop.
    if (!(error instanceof Failure && error.code.startsWith("source."))) throw error;
    deps.warn("weather forecast not fetched, the last one stays", { tenantId: tenant.id, code: error.code });
  }
}

/** @throws why `signal` was aborted */
export async function tellForecasts(deps: RefreshDeps, signal: AbortSignal): Promise<void> {
  const [untold, tenants] = await Promise.all([deps.untold(), deps.tenants()]);
  for (const { tenantId, weather } of untold) {
    const tenant = tenants.find(({ id }) => id === tenantId);
    if (tenant) await tellTenant(tenant, weather, deps, signal);
  }
}

/** Products read, and forecasts written, in one statement. */
const PAGE = 100;

async function tellTenant(tenant: Tenant, weather: WeatherAhead, deps: RefreshDeps, signal: AbortSignal): Promise<void> {
  const daysAheadOf = rememberDaysAhead(tenant, deps);
  let forecasts = 0;
  let cursor: string | undefined;
  do {
    const page = await deps.servedProducts(tenant.id, { limit: PAGE, cursor });
    const issues: ForecastIssue[] = [];
    for (const product of page.items) {
      signal.throwIfAborted();
      // A forecast takes a millisecond or two; the locks of other jobs are renewed between them.
      await setImmediate();
      const issue = await issueOf(product, weather, tenant, daysAheadOf);
      if (issue) issues.push(issue);
    }
    await deps.keepIssues(tenant.id, weather, issues);
    forecasts += issues.length;
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  await deps.markTold(tenant.id, weather);
  deps.info("forecasts told of the weather", { tenantId: tenant.id, issuedAt: weather.issuedAt, forecasts });
}

type DaysAhead = { readonly context: RunContext; readonly drivers: Drivers };

/** Champions were trained in few runs, and what a run knew is read once. */
function rememberDaysAhead({ id, missingDay }: Tenant, deps: RefreshDeps): (runId: RunId) => Promise<DaysAhead | null> {
  const known = new Map<RunId, DaysAhead | null>();
  return async (runId) => {
    const remembered = known.get(runId);
    if (remembered !== undefined) return remembered;
    const kept = await deps.keptContext(id, runId);
    const context = kept && contextAhead(kept);
    const ahead = context && { context, drivers: driversAhead(context, [], missingDay) };
    known.set(runId, ahead);
    return ahead;
  };
}

/** Null where there is nothing to compute with, or nothing new: the forecast stays as it was. */
async function issueOf(
  { id, serving, calendar, hasOwnEvents }: ServedProduct,
  weather: WeatherAhead,
  { missingDay }: Tenant,
  daysAheadOf: (runId: RunId) => Promise<DaysAhead | null>,
): Promise<ForecastIssue | null> {
  if (!serving?.fitted || !reachesBeyond(weather, serving.model.cutoff)) return null;
  const ahead = await daysAheadOf(serving.model.runId);
  if (!ahead || ahead.context.weatherAhead?.issuedAt === weather.issuedAt) return null;
  if (calendar === null && hasOwnEvents && !serving.model.absentSources.includes("events")) return null;
  const drivers = calendar ? driversAhead(ahead.context, calendar, missingDay) : ahead.drivers;
  try {
    return { productId: id, modelId: serving.model.id, forecast: forecastAgain(serving.fitted, ahead.context.lastDay, toldOfWeather(drivers, weather)) };
  } catch (error) {
    // One whose numbers do not come out finite goes on saying what it said.
    if (error instanceof RangeError || (error instanceof Failure && error.code === "fit.not-finite")) return null;
    throw error;
  }
}
