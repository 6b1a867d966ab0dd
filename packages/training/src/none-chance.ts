/**
 * How likely is it that a product sells nothing on a day? A till that died tells zeros of every product, which may be true
 * of each that sells slowly and is not of all of them together. So each says how likely its own zero was before the day came,
 * and those that are trained beside it put their chances together.
 */
import { toEpochDay } from "@levain/calendar";
import type { BusinessDay, DailyForecast } from "@levain/contracts";
import type { Series } from "@levain/forecast";

/** Probability, at most, of what is no chance any more: a true night is mistaken for another once in a thousand. */
export const ALL_BUT_IMPOSSIBLE = 1e-3;

/** Units: a quantile below it is nearer to none than to one sold. */
const NEARER_TO_NONE = 0.5;

/** The lowest level whose quantile is a sale: no sale at all was forecast with at most this probability. 1 where every quantile is none. */
export const noneMost = ({ levels, values }: DailyForecast, i: number): number => levels.find((_, row) => (values[row]?.[i] ?? 0) >= NEARER_TO_NONE) ?? 1;

/** Null where it sold something on its newest open day; otherwise at most the chance of that by what the champion said before, and 1 where it said nothing. */
export const noneChance = ({ start, y }: Series, champion: { readonly cutoff: BusinessDay; readonly forecast: DailyForecast } | null): number | null => {
  const newest = y.findLastIndex((sold) => !Number.isNaN(sold));
  if ((y[newest] ?? 0) > 0) return null;
  const ahead = champion?.forecast.days.findIndex((day) => toEpochDay(day) === start + newest) ?? -1;
  return champion === null || ahead < 0 || start + newest <= toEpochDay(champion.cutoff) ? 1 : noneMost(champion.forecast, ahead);
};
