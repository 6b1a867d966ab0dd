/** Two tunings with the same digest come to the same result. */
import type { Drivers, Series, TuneRequest } from "@levain/forecast";
import { contentDigest } from "./content-digest.js";

export type TuningQuestion = { readonly series: Series; readonly drivers: Drivers; readonly options: TuneRequest };

/**
 * `<settings>-<data>`: SHA-256 over every name and number that tells how to tune and over the engine that would do it, and
 * over every number to tune on. Where the search starts from is left out: it is the answer of the time before, and would
 * make every question a new one.
 */
export const tuningDigest = ({ series, drivers, options }: TuningQuestion, engineVersion: string): string => {
  const { startFrom: _startFrom, ...asked } = options;
  return `${contentDigest({ engineVersion, asked })}-${contentDigest({ series, drivers })}`;
};

/** Whether both ask for the same by the same engine, be it of other data. */
export const haveSameSettings = (a: string, b: string): boolean => a.split("-", 1)[0] === b.split("-", 1)[0];
