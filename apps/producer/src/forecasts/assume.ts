/** The drivers of the days ahead, as they would be if some days were different. */
import { toEpochDay } from "@levain/calendar";
import type { BusinessDay } from "@levain/contracts";
import { knownDrivers, type Drivers, type EpochDay, type Model, type Regressor } from "@levain/forecast";
import { DAYS_AHEAD_MAX } from "@levain/training";

export type AssumedDay = {
  readonly day: BusinessDay;
  readonly isOpen?: boolean | undefined;
  /** By name, of drivers that the model knows; others make no difference. */
  readonly drivers?: Readonly<Record<string, number>> | undefined;
};

export const assuming = (drivers: Drivers, model: Model, days: readonly AssumedDay[]): Drivers => {
  if (days.length === 0) return drivers;
  const assumptions = knownDrivers(model).flatMap(({ name, isKnownAhead }) => {
    const values = new Map(days.flatMap((each) => (each.drivers?.[name] === undefined ? [] : [[toEpochDay(each.day), each.drivers[name]] as const])));
    return values.size === 0 ? [] : [{ name, isKnownAhead, values }];
  });
  const untouched = drivers.regressors.filter(({ name }) => !assumptions.some((each) => each.name === name));
  const changed = assumptions.map(({ name, isKnownAhead, values }): Regressor => {
    const before = drivers.regressors.find((each) => each.name === name) ?? { name, isKnownAhead, start: model.cutoff + 1, values: new Float64Array() };
    return isKnownAhead ? withValues(before, values) : assumed(before, values);
  });
  return { ...drivers, regressors: [...untouched, ...changed], openAhead: openAheadOf(drivers, model.cutoff, days) };
};

/** In the place of a weather forecast on these days, and believed. */
const assumed = (before: Regressor, values: ReadonlyMap<EpochDay, number>): Regressor => ({
  ...before,
  assumed: new Map([...(before.assumed ?? []), ...values]),
  trust: new Map([...(before.trust ?? [])].filter(([day]) => !values.has(day))),
});

/** A calendar with other values on some days, and unknown ones between its end and those. */
const withValues = (before: Regressor, values: ReadonlyMap<EpochDay, number>): Regressor => {
  const end = Math.max(before.start + before.values.length - 1, ...values.keys());
  const copy = new Float64Array(end - before.start + 1).fill(Number.NaN);
  copy.set(before.values);
  for (const [day, value] of values) copy[day - before.start] = value;
  return { ...before, values: copy };
};

/** Where nobody plans, every day is open, and a closed one makes that a plan; it reaches a week further than anybody may ask. */
const openAheadOf = ({ openAhead = [] }: Drivers, cutoff: EpochDay, days: readonly AssumedDay[]): readonly EpochDay[] => {
  const changes = new Map(days.flatMap(({ day, isOpen }) => (isOpen === undefined ? [] : [[toEpochDay(day), isOpen] as const])));
  if (changes.size === 0) return openAhead;
  const planned = openAhead.length > 0 ? openAhead : Array.from({ length: DAYS_AHEAD_MAX + 7 }, (_, i) => cutoff + 1 + i);
  const opened = [...changes].flatMap(([day, isOpen]) => (isOpen && !planned.includes(day) ? [day] : []));
  return [...planned.filter((day) => changes.get(day) !== false), ...opened].sort((a, b) => a - b);
};
