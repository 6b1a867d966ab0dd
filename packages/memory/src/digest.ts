/** Two tunings with the same digest come to the same result. */
import { createHash } from "node:crypto";
import type { Drivers, Series, TuneRequest } from "@levain/forecast";

export type TuningQuestion = { readonly series: Series; readonly drivers: Drivers; readonly options: TuneRequest };

/**
 * SHA-256 over every number and name that tuning reads, and over the engine that would do it. Where the search starts
 * from is left out: it is the answer of the time before, and would make every question a new one.
 */
export const tuningDigest = ({ series, drivers, options }: TuningQuestion, engineVersion: string): string => {
  const { regressors, specialDays, openAhead } = drivers;
  const { startFrom: _startFrom, ...asked } = options;
  // Names and lengths first: from them follows where each column of the bytes behind begins.
  const heading = {
    engineVersion,
    asked,
    series: [series.start, series.y.length],
    regressors: regressors.map(({ name, start, values, isKnownAhead }) => [name, start, values.length, isKnownAhead]),
    specialDays: specialDays.map(({ name, days }) => [name, days]),
    openAhead: openAhead ?? [],
  };
  const hash = createHash("sha256").update(JSON.stringify(heading, inOrder)).update("\n");
  for (const column of [series.y, ...regressors.map(({ values }) => values)]) hash.update(new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
  return hash.digest("hex");
};

/** Keys in alphabetical order, whatever the order in which an object was built. */
const inOrder = (_key: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))) : value;
