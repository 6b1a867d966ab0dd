/**
 * What is forecast of the weather, as models are told of it. A forecast of tomorrow is nearly the weather that comes; one
 * of the week after next is hardly better than the season's usual. So each value is believed the less the further ahead
 * it was said, counted from the day of its issue: an old forecast fades by itself, and after its end there is none.
 */
import { toEpochDay } from "@levain/calendar";
import type { BusinessDay, WeatherAhead } from "@levain/contracts";
import type { Drivers, EpochDay, Regressor } from "@levain/forecast";

/** Days that are asked for, the day of issue included: as far as the usual services reach. */
export const WEATHER_AHEAD_DAYS = 16;

/**
 * Days of lead after which a departure from normal is believed to e^(−1/2). The best linear guess of what comes is the
 * forecast's departure times its correlation with what came, and a bell over the lead is the shape of those
 * correlations. Large-scale patterns, which temperature follows, correlate by 0.8 after a week and 0.6 after ten days (the
 * headline scores of the ECMWF); showers, wind and clouds are lost in about half that time.
 */
const LEAD_SCALE_DAYS: Readonly<Record<string, number>> = { temperature_c: 10 };
const LEAD_SCALE_DAYS_OTHERWISE = 5;

/** @param leadDays from the day of issue to the day that is forecast @returns the share that is believed, in (0, 1] */
export const trustAfter = (leadDays: number, columnName: string): number =>
  Math.exp(-0.5 * (leadDays / (LEAD_SCALE_DAYS[columnName] ?? LEAD_SCALE_DAYS_OTHERWISE)) ** 2);

/** The drivers with what is forecast of those that are not known ahead; a model that learnt from none of them says what it says without. */
export const toldOfWeather = (drivers: Drivers, weather: WeatherAhead | null | undefined): Drivers =>
  weather ? { ...drivers, regressors: drivers.regressors.map((regressor) => told(regressor, weather)) } : drivers;

const told = (regressor: Regressor, { firstDay, columns }: WeatherAhead): Regressor => {
  const column = regressor.isKnownAhead ? undefined : columns.find(({ name }) => name === regressor.name);
  if (!column) return regressor;
  const start = toEpochDay(firstDay);
  const known = column.values.flatMap((value, lead) => (value === null ? [] : [{ day: start + lead, value, trust: trustAfter(lead, regressor.name) }]));
  return { ...regressor, assumed: byDay(known, ({ value }) => value), trust: byDay(known, ({ trust }) => trust) };
};

const byDay = <Known extends { readonly day: EpochDay }>(known: readonly Known[], of: (each: Known) => number): ReadonlyMap<EpochDay, number> =>
  new Map(known.map((each) => [each.day, of(each)]));

/** Whether it says anything of days after the cutoff. */
export const reachesBeyond = ({ firstDay, columns }: WeatherAhead, cutoff: BusinessDay): boolean => {
  const reach = Math.max(...columns.map(({ values }) => values.findLastIndex((value) => value !== null)), -1);
  return reach >= 0 && toEpochDay(firstDay) + reach > toEpochDay(cutoff);
};
