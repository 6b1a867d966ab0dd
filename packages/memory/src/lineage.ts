/** What a model is made of, in fingerprints: enough to tell whether training again would come to anything new. */
import type { BusinessDay, Lineage, SourceName, TrainingPolicy } from "@levain/contracts";
import type { Drivers, Series } from "@levain/forecast";
import { contentDigest } from "./content-digest.js";

export type Ingredients = {
  readonly series: Series;
  readonly drivers: Drivers;
  /** The model says what it had to do without, so that is part of it. */
  readonly absentSources: readonly SourceName[];
  readonly policy: TrainingPolicy;
  readonly cutoff: BusinessDay;
};

/** Where the search starts from is left out here as well. @param codeVersion of the engine that fits */
export const lineageOf = ({ series, drivers, absentSources, policy, cutoff }: Ingredients, codeVersion: string): Lineage => {
  const made = { seriesDigest: contentDigest(untilLastOpenDay(series)), regressorsDigest: contentDigest(drivers), policy: { ...policy }, seed: policy.seed, codeVersion };
  return { ...made, dataDigest: contentDigest({ ...made, absentSources: absentSources.toSorted(), cutoff }) };
};

/** Closed days up to the cutoff say nothing new, so a night without sales leaves the digest as it was. */
const untilLastOpenDay = ({ y, ...series }: Series): Series => ({ ...series, y: y.subarray(0, y.findLastIndex((units) => !Number.isNaN(units)) + 1) });
