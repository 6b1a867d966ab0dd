/** What all products of a run share, fetched once. Without open days there is no run; without weather, traffic or events there is. */
import { addDays } from "@levain/calendar";
import { Failure, type BusinessDay, type DailyColumn, type FailureCode, type RunContext, type SourceName, type Tenant, type TrainingPolicy } from "@levain/contracts";
import { columnOver, type DayRange } from "./daily-columns.js";
import { publicHolidays } from "./holidays.js";

export type ContextTenant = Pick<Tenant, "country" | "subdivision" | "missingDay">;

/** Where the shared data comes from: `Sources`, or the `loaders` of a tenant folder. */
export type ContextLoaders<T> = {
  loadOpenDays(tenant: T, range: DayRange, signal: AbortSignal): Promise<readonly BusinessDay[]>;
  loadWeather(tenant: T, range: DayRange, signal: AbortSignal): Promise<readonly DailyColumn[]>;
  loadTraffic(tenant: T, range: DayRange, signal: AbortSignal): Promise<readonly DailyColumn[]>;
  loadEvents(tenant: T, range: DayRange, signal: AbortSignal): Promise<readonly DailyColumn[]>;
};

type Loaded = { readonly columns: readonly DailyColumn[]; readonly source: SourceName; readonly failed: FailureCode | null };

/** Days after the cutoff: the longest horizon that may be asked for, and a week more for what lies about its end. */
const HOLIDAYS_KNOWN_DAYS = 35;

/**
 * The context of a run that may see the days up to `cutoff`. Weather and traffic are not asked for beyond it; events are,
 * as far as the horizon. A tenant whose products are shops of their own (`missingDay: "closed"`) has no open days in common.
 *
 * @throws Failure when open days cannot be had, or when `signal` is aborted
 */
export async function loadRunContext<T extends ContextTenant>(
  tenant: T,
  policy: Pick<TrainingPolicy, "historyDaysMax" | "horizonDays">,
  cutoff: BusinessDay,
  loaders: ContextLoaders<T>,
  signal: AbortSignal,
): Promise<RunContext> {
  const whole: DayRange = { from: addDays(cutoff, -policy.historyDaysMax), until: addDays(cutoff, policy.horizonDays) };
  const past: DayRange = { from: whole.from, until: cutoff };
  const sharesOpenDays = tenant.missingDay === "zero-unless-shop-closed";

  const [openDays, weather, traffic, events] = await Promise.all([
    sharesOpenDays ? loaders.loadOpenDays(tenant, whole, signal) : [],
    orWithout("weather", () => loaders.loadWeather(tenant, past, signal)),
    orWithout("traffic", () => loaders.loadTraffic(tenant, past, signal)),
    orWithout("events", () => loaders.loadEvents(tenant, whole, signal)),
  ]);

  const firstOpenDay = openDays[0];
  const firstDay = firstOpenDay !== undefined && firstOpenDay <= cutoff ? firstOpenDay : whole.from;
  const kept: DayRange = { from: firstDay, until: whole.until };
  return {
    version: 1,
    firstDay,
    cutoff,
    lastDay: whole.until,
    openDays: [...openDays],
    regressors: [...observed(weather, past, kept), ...observed(traffic, past, kept), ...knownAhead(events, kept)],
    specialDays: specialDaysIn(kept, tenant),
    specialDaysAhead: specialDaysIn({ from: addDays(whole.until, 1), until: addDays(cutoff, HOLIDAYS_KNOWN_DAYS) }, tenant),
    absentSources: [weather, traffic, events].flatMap(({ source, failed }) => (failed === null ? [] : [{ source, code: failed }])),
  };
}

async function orWithout(source: SourceName, load: () => Promise<readonly DailyColumn[]>): Promise<Loaded> {
  try {
    return { columns: await load(), source, failed: null };
  } catch (error) {
    // Only what the source did: a run that is being stopped must stop.
    if (error instanceof Failure && error.code.startsWith("source.")) return { columns: [], source, failed: error.code };
    throw error;
  }
}

const specialDaysIn = (range: DayRange, { country, subdivision }: ContextTenant): RunContext["specialDays"] =>
  publicHolidays(country, subdivision, range).map(({ name, days }) => ({ name, days: [...days] }));

/** Unknown after the cutoff, whatever the source said about it. */
const observed = ({ columns, source }: Loaded, past: DayRange, kept: DayRange): RunContext["regressors"] =>
  columns.map((column) => ({
    name: column.name,
    source,
    isKnownAhead: false,
    values: [...columnOver(columnOver(column, past, null), kept, null).values],
  }));

/** Zero where a calendar says nothing. */
const knownAhead = ({ columns, source }: Loaded, kept: DayRange): RunContext["regressors"] =>
  columns.map((column) => ({ name: column.name, source, isKnownAhead: true, values: [...columnOver(column, kept, 0).values] }));
