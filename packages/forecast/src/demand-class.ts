/** How much and how regularly a product sells: decides which models are tried, and how many. */
import type { Series } from "./series.js";
import { lastDayOf, openDaysBetween } from "./series.js";
import { mean, sum } from "./vector.js";

export type DemandClass = "high" | "medium" | "low" | "intermittent";

export type DemandThresholds = {
  /** Units per open day from which a product is high volume, medium volume. */
  readonly highUnitsPerDay: number;
  readonly mediumUnitsPerDay: number;
  /** Average open days between two demands (ADI) from which it is intermittent; 1.32 in Syntetos, Boylan & Croston 2005. */
  readonly intermittentAdi: number;
};

/** A product is what it sold in the last year; what it was before does not matter. */
const RECENT_DAYS = 365;

export const demandClass = (series: Series, thresholds: DemandThresholds): DemandClass => {
  const { y } = openDaysBetween(series, series.start, lastDayOf(series));
  const recent = y.subarray(-RECENT_DAYS);
  const demands = sum(recent.map((value) => (value > 0 ? 1 : 0)));
  if (demands === 0 || recent.length / demands >= thresholds.intermittentAdi) return "intermittent";
  const unitsPerDay = mean(recent);
  if (unitsPerDay >= thresholds.highUnitsPerDay) return "high";
  return unitsPerDay >= thresholds.mediumUnitsPerDay ? "medium" : "low";
};
