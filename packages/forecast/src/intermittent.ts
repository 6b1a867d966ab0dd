/**
 * Demand that often is zero has no useful single forecast; its whole distribution has. Past days are the distribution:
 * recent ones and those of the same weekday count more, so zeros, whole numbers and a fading demand come by themselves.
 * (A time- and weekday-weighted empirical distribution; the decay plays the part of the obsolescence in Teunter,
 * Syntetos & Babai 2011.)
 */
import type { History } from "./history.js";
import type { Outlook } from "./outlook.js";
import { LEVELS } from "./outlook.js";
import type { EpochDay } from "./series.js";
import { weekdayOf } from "./series.js";
import type { EmpiricalSpec } from "./spec.js";
import { weightedQuantiles } from "./vector.js";

export type FittedEmpirical = {
  readonly family: "empirical";
  /** Shape (7, levels), Monday first, in the series' unit. */
  readonly weekdays: readonly (readonly number[])[];
};

/** Half-lives after which a day is forgotten altogether: it would weigh less than 2 %. */
const HALF_LIVES_MAX = 6;

export const fitEmpirical = (spec: EmpiricalSpec, history: History): FittedEmpirical => {
  const { days, y } = history.open;
  const last: EpochDay = days.at(-1) ?? history.cutoff;
  const from = Math.max(0, days.findIndex((day) => last - day <= HALF_LIVES_MAX * spec.halfLifeDays));
  const recent = days.subarray(from);
  const values = y.subarray(from);
  const weekdays = Array.from({ length: 7 }, (_, weekday) => {
    if (values.length === 0) return LEVELS.map(() => 0);
    const weights = Float64Array.from(recent, (day) => {
      const age = 0.5 ** ((last - day) / spec.halfLifeDays);
      return weekdayOf(day) === weekday ? age : age * spec.otherWeekdayWeight;
    });
    // A weekday without any open day, where others count nothing, has only the others to go by.
    const isKnown = weights.some((weight) => weight > 0);
    return [...weightedQuantiles(values, isKnown ? weights : weights.fill(1), LEVELS)];
  });
  return { family: "empirical", weekdays };
};

export const projectEmpirical = (fitted: FittedEmpirical, days: Int32Array): Outlook =>
  LEVELS.map((_, level) => Float64Array.from(days, (day) => fitted.weekdays[weekdayOf(day)]?.[level] ?? 0));
