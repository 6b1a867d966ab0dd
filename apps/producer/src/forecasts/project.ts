/**
 * What a product's stored model says of the days after its cutoff. No source is asked: what the model must be told of
 * those days was kept when it was trained, and the newest weather forecast when it was fetched. Run contexts are parsed
 * once and remembered, as models are by whoever loads them, so that a product costs about a millisecond.
 */
import { fromEpochDay, toEpochDay } from "@levain/calendar";
import type { BusinessDay, ForecastComponent, MissingDay, RunContext, RunId, SourceName, WeatherAhead } from "@levain/contracts";
import type { ServedProduct, ServingModel } from "@levain/db";
import { explain, knownDrivers, predict, sayDay, type Drivers } from "@levain/forecast";
import { contextAhead, DAYS_AHEAD_MAX, driversAhead, reachesBeyond, toldOfWeather } from "@levain/training";
import { assuming, type AssumedDay } from "./assume.js";
import { rememberLast } from "./remember-last.js";

export type ProjectionRequest = {
  /** In (0, 1), ascending. */
  readonly levels: readonly number[];
  /** 1 to 28; the training's own when absent. */
  readonly horizonDays?: number | undefined;
  readonly explains: boolean;
  readonly assumed?: readonly AssumedDay[];
};

/** Every day from the cutoff to the horizon, closed ones too. */
export type Projection = {
  readonly serving: ServingModel;
  readonly levels: readonly number[];
  readonly calendarUntil: BusinessDay;
  /** When the weather forecast was issued that it was told of; null where none reaches a day of it. */
  readonly weatherIssuedAt: string | null;
  readonly days: readonly ProjectedDay[];
};

export type ProjectedDay = {
  readonly day: BusinessDay;
  readonly isOpen: boolean;
  /** One per level, units. */
  readonly values: readonly number[];
  /** Empty unless asked for. */
  readonly components: readonly ForecastComponent[];
  readonly sentence: string;
};

/** no-drivers: the model was trained before what it must be told was kept. beyond-calendar: the same, of days after its training's horizon. */
export type Unavailable = { readonly unavailable: "no-model" | "unreadable-model" | "no-drivers" | "beyond-calendar" };

export type Projector = {
  project(product: ServedProduct, missingDay: MissingDay, request: ProjectionRequest): Promise<Projection | Unavailable>;
  /** What the serving model has learnt from; none where it cannot be read. */
  driversKnown(product: ServedProduct): readonly string[];
};

/** One tenant's projector, for one request: the weather is read once. */
export type Projectors = (tenantId: string) => Projector;

const CONTEXTS_REMEMBERED = 100;

type Context = { readonly context: RunContext; readonly drivers: Drivers };

export type ProjectorDeps = {
  keptContext(tenantId: string, runId: RunId): Promise<RunContext | null>;
  newestWeatherAhead(tenantId: string): Promise<WeatherAhead | null>;
};

export function createProjector(deps: ProjectorDeps): Projectors {
  const contexts = rememberLast<Promise<Context | null>>(CONTEXTS_REMEMBERED);

  const contextOf = (tenantId: string, runId: RunId, missingDay: MissingDay): Promise<Context | null> => {
    const name = [tenantId, runId, missingDay].join(" ");
    const reading = contexts.get(name, async () => {
      const kept = await deps.keptContext(tenantId, runId);
      if (!kept) return null;
      const context = contextAhead(kept);
      return { context, drivers: driversAhead(context, [], missingDay) };
    });
    reading.catch(() => contexts.forget(name));
    return reading;
  };

  return (tenantId) => {
    let reading: Promise<WeatherAhead | null> | undefined;
    const newestWeather = (): Promise<WeatherAhead | null> => (reading ??= deps.newestWeatherAhead(tenantId));
    return {
      driversKnown: ({ serving }) => {
        const model = serving?.fitted;
        return model ? knownDrivers(model).map(({ name }) => name) : [];
      },
      project: async ({ serving, calendar, hasOwnEvents }, missingDay, { levels, horizonDays, explains, assumed = [] }) => {
        if (!serving) return { unavailable: "no-model" };
        const model = serving.fitted;
        if (!model) return { unavailable: "unreadable-model" };
        const known = await contextOf(tenantId, serving.model.runId, missingDay);
        if (!known || (calendar === null && hasOwnEvents && !hadToDoWithout(serving.model.absentSources))) return { unavailable: "no-drivers" };
        const { context } = known;
        const trainedForDays = toEpochDay(context.lastDay) - model.cutoff;
        const days = Math.min(DAYS_AHEAD_MAX, horizonDays ?? trainedForDays);
        if (days > trainedForDays && !context.specialDaysAhead) return { unavailable: "beyond-calendar" };

        const newest = await newestWeather();
        const weather = newest && reachesBeyond(newest, serving.model.cutoff) ? newest : null;
        const standing = toldOfWeather(calendar ? driversAhead(context, calendar, missingDay) : known.drivers, weather);
        const drivers = assuming(standing, model, assumed);
        const start = model.cutoff + 1;
        const { values } = predict(model, { start, days, drivers, levels });
        const explained = explains ? explain(model, { start, days, drivers }).days : [];
        const plan = new Set(drivers.openAhead ?? []);
        return {
          serving,
          levels,
          calendarUntil: context.lastDay,
          weatherIssuedAt: weather?.issuedAt ?? null,
          days: Array.from({ length: days }, (_, i): ProjectedDay => {
            const parts = explained[i]?.parts ?? [];
            return {
              day: fromEpochDay(start + i),
              isOpen: plan.size === 0 || plan.has(start + i),
              values: values.map((row) => row[i] ?? 0),
              components: parts.map(({ kind, name, units }) => ({ kind, name, units })),
              sentence: explains ? sayDay(parts) : "",
            };
          }),
        };
      },
    };
  };
}

const hadToDoWithout = (absentSources: readonly SourceName[]): boolean => absentSources.includes("events");
