/** Two tunings with the same digest come to the same result. */
import type { Drivers, Series, TuneRequest } from "@levain/forecast";
import { contentDigest } from "./content-digest.js";

export type TuningQuestion = { readonly series: Series; readonly drivers: Drivers; readonly options: TuneRequest };

/**
 * SHA-256 over every number and name that tuning reads, and over the engine that would do it. Where the search starts
 * from is left out: it is the answer of the time before, and would make every question a new one.
 */
export const tuningDigest = ({ series, drivers, options }: TuningQuestion, engineVersion: string): string => {
  const { startFrom: _startFrom, ...asked } = options;
  return contentDigest({ engineVersion, asked, series, drivers });
};
