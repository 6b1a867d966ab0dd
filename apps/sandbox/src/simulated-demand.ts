/** How much of a simulated product is wanted, and how much of it is sold, on one day. */
import { chanceOf, gaussian, poisson } from "./chance.js";
import type { World, WorldDay } from "./simulated-world.js";

/** A simulated product's habits. Factors are 1 where they change nothing. */
export type Habits = {
  readonly id: string;
  readonly name: string;
  readonly unitsPerDay: number;
  /** Factors from Monday to Sunday. */
  readonly weekday: readonly number[];
  /** Share of the mean that comes and goes with the year, and where in the year it is highest, in [0, 1). */
  readonly season?: { readonly share: number; readonly peak: number };
  /** Baked only in this part of the year, in [0, 1). */
  readonly onOffer?: { readonly from: number; readonly until: number };
  /** Change per degree above 10 °C, as a share. */
  readonly perDegree?: number;
  readonly onHolidayEve?: number;
  readonly atFair?: number;
  readonly growthPerYear?: number;
  /** A promotion of three days every so many days, and what it does. */
  readonly promotion?: { readonly everyDays: number; readonly factor: number };
  /** Baked per day: more cannot be sold, whatever is wanted. */
  readonly stock?: number;
  /** Probability that anybody asks on a day; then a few at once. */
  readonly askedShare?: number;
  /** Days before the last one on which it was first, or last, baked. */
  readonly firstBakedDaysAgo?: number;
  readonly lastBakedDaysAgo?: number;
  readonly discontinued?: boolean;
  /** How the till tells of it; daily totals when absent. */
  readonly kind?: "daily" | "transactions";
};

const PROMOTION_DAYS = 3;
/** Passers-by on a day that sells as many as the habits say. */
const PASSERS_BY_USUAL = 4_000;
/** 2024-01-01: growth is counted from here. */
const GROWTH_ORIGIN = 19_723;
/** Standard deviation of the log of what no habit explains: of the whole shop, and of one product. */
const SHOP_NOISE = 0.05;
const PRODUCT_NOISE = 0.1;

export const isPromoted = (habits: Habits, day: number): boolean =>
  habits.promotion !== undefined && day % habits.promotion.everyDays < PROMOTION_DAYS;

/** Units sold on an open day. @param lastDay the day before today: launches and ends are counted from it */
export function unitsSold(habits: Habits, seed: number, world: World, day: number, lastDay: number): number {
  const { firstBakedDaysAgo = Infinity, lastBakedDaysAgo = 0 } = habits;
  if (lastDay - day > firstBakedDaysAgo || lastDay - day < lastBakedDaysAgo) return 0;
  const chance = chanceOf(seed, "demand", habits.id, day);
  if (habits.askedShare !== undefined) return chance() < habits.askedShare ? 1 + poisson(chance, habits.unitsPerDay) : 0;

  const today = world(day);
  const mean = meanOf(habits, today, day) * Math.exp(SHOP_NOISE * today.mood + PRODUCT_NOISE * gaussian(chance));
  return Math.min(poisson(chance, mean), habits.stock ?? Infinity);
}

function meanOf(habits: Habits, today: WorldDay, day: number): number {
  const { yearShare: share, weather } = today;
  if (habits.onOffer && (share < habits.onOffer.from || share > habits.onOffer.until)) return 0;
  const season = habits.season ? 1 + habits.season.share * Math.cos(2 * Math.PI * (share - habits.season.peak)) : 1;
  const warmth = Math.max(0.2, 1 + (habits.perDegree ?? 0) * (weather.temperature - 10));
  const wet = 1 - 0.012 * Math.min(10, weather.rain);
  const eve = today.isHolidayEve ? (habits.onHolidayEve ?? 1.25) : 1;
  const holiday = today.isHoliday ? 0.75 : 1;
  const fair = today.isFair ? (habits.atFair ?? 1.2) : 1;
  const school = today.isSchoolHoliday ? 0.94 : 1;
  const growth = Math.max(0.3, 1 + (habits.growthPerYear ?? 0) * ((day - GROWTH_ORIGIN) / 365));
  const promotion = isPromoted(habits, day) ? (habits.promotion?.factor ?? 1) : 1;
  const street = Math.sqrt(today.passersBy / PASSERS_BY_USUAL);
  return habits.unitsPerDay * (habits.weekday[today.weekday] ?? 1) * season * warmth * wet * eve * holiday * fair * school * growth * promotion * street;
}
