/** Real models of simulated products, stored with the context that they were trained in, for the tests of what is served from them. */
import { addDays, fromEpochDay, toEpochDay } from "@levain/calendar";
import type { BusinessDay, DailyColumn, Product, RunContext } from "@levain/contracts";
import type { Db } from "@levain/db";
import { fit, predict, toJson, type Drivers, type Series, type Spec } from "@levain/forecast";
import { columnsAhead, driversAhead } from "@levain/training";
import { CUTOFF, keepArtifact, productOf, TENANT, trained } from "./sample-producer.js";

const HISTORY_DAYS = 400;
/** Days that the training forecasts. */
export const TRAINED_FOR_DAYS = 14;
const FIRST_DAY = addDays(CUTOFF, 1 - HISTORY_DAYS);
const LAST_DAY = addDays(CUTOFF, TRAINED_FOR_DAYS);
const first = toEpochDay(FIRST_DAY);

/** Monday is the day off. */
const isOpen = (day: number): boolean => (day + 3) % 7 !== 0;
const days = (from: number, until: number): number[] => Array.from({ length: until - from + 1 }, (_, i) => from + i);
const all = days(first, toEpochDay(LAST_DAY));
const temperature = (day: number): number => 12 - 10 * Math.cos((2 * Math.PI * day) / 365) + 5 * Math.sin(day * 1.7);
const isPromoted = (day: number): boolean => day % 11 < 3;

/** Open but on Mondays, with the weather of the past, school holidays ahead and a public holiday beyond the horizon. */
export const context = (changed: Partial<RunContext> = {}): RunContext => ({
  version: 1,
  firstDay: FIRST_DAY,
  cutoff: CUTOFF,
  lastDay: LAST_DAY,
  openDays: all.filter(isOpen).map(fromEpochDay),
  regressors: [
    { name: "temperature_c", source: "weather", isKnownAhead: false, values: all.map((day) => (day <= toEpochDay(CUTOFF) ? temperature(day) : null)) },
    { name: "school_holiday", source: "events", isKnownAhead: true, values: all.map((day) => (day % 90 < 14 ? 1 : 0)) },
  ],
  specialDays: [],
  specialDaysAhead: [{ name: "Pentecost Monday", days: ["2026-05-25"] }],
  absentSources: [],
  ...changed,
});

export const promotions: DailyColumn = { name: "promotion", firstDay: FIRST_DAY, values: all.map((day) => (isPromoted(day) ? 1 : 0)) };

const SPEC: Spec = {
  family: "additive",
  transform: "sqrt",
  changepointScale: 0.03,
  weeklyScale: 0.3,
  weeklyBySeasonScale: 0.05,
  yearlyOrder: 2,
  yearlyScale: 0.15,
  specialScale: 0.15,
  ownSpecialScale: 0.1,
  regressorScale: 0.3,
  correction: { weight: 0.15, fade: 0.98 },
};

/** About 60 a day: more on weekends, when it is warm, in a promotion; less in school holidays. */
const series: Series = {
  start: first,
  y: Float64Array.from(days(first, toEpochDay(CUTOFF)), (day, i) => {
    const mean = 60 * ((day + 3) % 7 >= 5 ? 1.4 : 1) * (1 + 0.015 * (temperature(day) - 12)) * (isPromoted(day) ? 1.5 : 1) * (day % 90 < 14 ? 0.9 : 1);
    return isOpen(day) ? Math.round(mean * (1 + 0.1 * Math.sin(i * 12.9898))) : Number.NaN;
  }),
};

export type SampleTraining = { readonly context?: RunContext; /** False: as by a worker of before calendars were kept. */ readonly keepsCalendar?: boolean; readonly product?: Partial<Product> };

/** Trains a product with a promotion calendar of its own and makes its model champion, as a worker would. */
export async function trainForReal(db: Db, productId: string, { context: told = context(), keepsCalendar = true, product = {} }: SampleTraining = {}): Promise<void> {
  const bakery = db.forTenant(TENANT);
  const accepted = await bakery.acceptRun({ cutoff: CUTOFF, trigger: "request", requestDigest: productId, deadlineAt: new Date("2100-01-01") });
  if (accepted.kind !== "accepted") throw new Error(`expected an accepted run, got ${accepted.kind}`);
  const runId = accepted.run.id;
  await bakery.startRun(runId, told, [{ ...productOf(productId), hasOwnEvents: true, ...product }], []);
  const claim = await bakery.claim(runId, productId, "worker-1");
  if (!claim) throw new Error(`expected to claim ${productId}`);
  if (keepsCalendar) await bakery.keepCalendar(runId, productId, columnsAhead([promotions], CUTOFF));
  const { artifact, forecast } = modelOf(told);
  const outcome = trained({ artifact, forecast, absentSources: [] });
  await keepArtifact(TENANT, outcome);
  await bakery.commit(runId, productId, claim.attempt, claim.fence, outcome);
}

const LEVELS = [0.1, 0.25, 0.5, 0.75, 0.9];

function modelOf(told: RunContext): { artifact: string; forecast: { days: BusinessDay[]; levels: readonly number[]; values: number[][] } } {
  const drivers: Drivers = driversAhead(told, [promotions], "zero-unless-shop-closed");
  const model = fit(SPEC, series, drivers, { backtest: { folds: [] }, seed: 1 });
  const start = toEpochDay(CUTOFF) + 1;
  const { values } = predict(model, { start, days: TRAINED_FOR_DAYS, drivers, levels: LEVELS });
  const planned = days(start, start + TRAINED_FOR_DAYS - 1).flatMap((day, i) => (isOpen(day) ? [i] : []));
  return { artifact: toJson(model), forecast: { days: planned.map((i) => fromEpochDay(start + i)), levels: LEVELS, values: values.map((row) => planned.map((i) => row[i] ?? Number.NaN)) } };
}
