/** A product's demand day by day: which days count, and with what. */
import type { EpochDay, Series } from "@levain/forecast";
import type { DailyDemand } from "./daily-demand.js";
import type { ShopDays } from "./shop-days.js";

/** From the first sale to the cutoff; all days ascending. */
export type ObservedDays = {
  /** Days that count: the shop was open, or sold something though it was called closed. */
  readonly openDays: readonly EpochDay[];
  /** Demand on the open days, shape (n) like `openDays`. */
  readonly demand: readonly number[];
  /** Days with sales. */
  readonly sellingDays: readonly EpochDay[];
  /** Selling days on which the shop was called closed. */
  readonly soldWhileClosed: readonly EpochDay[];
  /** Selling days with an unbelievable quantity; they do not count. */
  readonly absurdDays: readonly { readonly day: EpochDay; readonly quantity: number }[];
};

/** @param absurdFactor a day above this many times the median of the selling days is left out as absurd */
export const observedDays = ({ quantities }: DailyDemand, shop: ShopDays, cutoff: EpochDay, absurdFactor: number): ObservedDays => {
  const sellingDays = [...quantities].filter(([, quantity]) => quantity > 0).map(([day]) => day).sort((a, b) => a - b);
  const first = sellingDays[0] ?? cutoff + 1;
  const limit = absurdFactor * medianOf(sellingDays.map((day) => quantities.get(day) ?? 0));
  const absurdDays = sellingDays.map((day) => ({ day, quantity: quantities.get(day) ?? 0 })).filter(({ quantity }) => quantity > limit);
  const days = Array.from({ length: cutoff - first + 1 }, (_, i) => first + i);
  const openDays = days.filter((day) => {
    const quantity = quantities.get(day);
    return (quantity ?? 0) > 0 ? (quantity ?? 0) <= limit : shop.isOpen(day, quantity !== undefined);
  });
  return {
    openDays,
    demand: openDays.map((day) => quantities.get(day) ?? 0),
    sellingDays,
    soldWhileClosed: sellingDays.filter((day) => !shop.isOpen(day, true)),
    absurdDays,
  };
};

/** The days up to the cutoff with NaN on those that do not count; null when none does. @param soldOut days, ascending */
export const seriesOf = ({ openDays, demand }: ObservedDays, cutoff: EpochDay, soldOut: readonly EpochDay[]): Series | null => {
  const start = openDays[0];
  if (start === undefined) return null;
  const y = new Float64Array(cutoff - start + 1).fill(Number.NaN);
  for (const [i, day] of openDays.entries()) y[day - start] = demand[i] ?? Number.NaN;
  return soldOut.length === 0 ? { start, y } : { start, y, soldOut };
};

const medianOf = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
};
