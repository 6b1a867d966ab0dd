/**
 * Days on which the shelf was empty before the day was over, so that more might have been sold. Where somebody noted it, the
 * day is marked; where nobody did, sales can only make one suspect it: such days are told and nothing else, because a
 * coincidence that is treated as a sell-out inflates every forecast after it.
 */
import { toEpochDay } from "@levain/calendar";
import type { BusinessDay, Sales } from "@levain/contracts";
import type { EpochDay } from "@levain/forecast";
import type { DailyDemand } from "./daily-demand.js";
import type { ObservedDays } from "./observed-days.js";
import type { DayRange } from "./ports.js";

/** Days, ascending, that count. */
export type SoldOut = {
  /** Somebody noted that the shelf was empty. */
  readonly marked: readonly EpochDay[];
  /** Nobody did, and the sales look as if it was. */
  readonly likely: readonly EpochDay[];
};

export function soldOutOf(
  sales: Sales,
  { soldOutDays }: DailyDemand,
  days: ObservedDays,
  { firstDay, cutoff }: { readonly firstDay: BusinessDay; readonly cutoff: BusinessDay },
): SoldOut {
  const marked = new Set([...soldOutDays].map(toEpochDay));
  const suspected = new Set([...cappedDays(days), ...earlyDays(sales, { from: firstDay, until: cutoff })]);
  return { marked: days.openDays.filter((day) => marked.has(day)), likely: days.openDays.filter((day) => suspected.has(day) && !marked.has(day)) };
}

/** Days in a row with one and the same total below which it may be chance. */
const RUN_DAYS_MIN = 3;
/** Bakers fill trays: a quantity that was baked is a multiple of this, and one that was asked for rarely is, thrice in a row. */
const ROUND_UNITS = 5;
const ROUND_UNITS_MIN = 10;
/** Open days on either side of a run over which its total must be the most that was sold: four weeks, as demand drifts. */
const AROUND_DAYS = 24;
/** Share of the days around a run that must have sold less; where most days sell the same, the same is no sign. */
const SOLD_LESS_SHARE_MIN = 0.5;

/** Open days, ascending, in a run of equal round totals that no day around it exceeds. */
function cappedDays({ openDays, demand }: Pick<ObservedDays, "openDays" | "demand">): EpochDay[] {
  const found: EpochDay[] = [];
  for (let start = 0; start < demand.length; ) {
    const total = demand[start] ?? 0;
    let end = start + 1;
    while (end < demand.length && demand[end] === total) end += 1;
    if (end - start >= RUN_DAYS_MIN && isRound(total) && isTop(demand, total, start, end)) found.push(...openDays.slice(start, end));
    start = end;
  }
  return found;
}

const isRound = (total: number): boolean => total >= ROUND_UNITS_MIN && total % ROUND_UNITS === 0;

function isTop(demand: readonly number[], total: number, start: number, end: number): boolean {
  const around = [...demand.slice(Math.max(0, start - AROUND_DAYS), start), ...demand.slice(end, end + AROUND_DAYS)];
  const less = around.filter((quantity) => quantity < total).length;
  return around.every((quantity) => quantity <= total) && less >= SOLD_LESS_SHARE_MIN * (around.length + end - start);
}

/** Days of one weekday below which nothing is usual. */
const USUAL_DAYS_MIN = 6;
/** Minutes before the usual last sale below which a day did not end early. */
const EARLY_MINUTES_MIN = 60;
/** The chance below which it is none that all of a day's sales fell so early: one alarm in thirty years of days. */
const EARLY_CHANCE_MAX = 1e-4;

type SellingDay = { readonly day: EpochDay; readonly minutes: readonly number[]; readonly last: number };

/**
 * Of transactions: days, ascending, whose sales stop far earlier than those of that weekday usually do. Where a share u of the
 * weekday's sales comes before a day's last one, its n sales all came so early with the chance uⁿ; a product that sells
 * once or twice a day may end at any time, and is never suspected.
 */
function earlyDays({ kind, records }: Sales, range: DayRange): EpochDay[] {
  if (kind !== "transactions") return [];
  const minutesOf = new Map<BusinessDay, number[]>();
  for (const { day, quantity, minute } of records) {
    if (minute === undefined || quantity <= 0 || day < range.from || day > range.until) continue;
    const minutes = minutesOf.get(day) ?? [];
    minutesOf.set(day, minutes);
    minutes.push(minute);
  }
  const days = [...minutesOf].map(([day, minutes]): SellingDay => ({ day: toEpochDay(day), minutes, last: minutes.reduce((last, minute) => Math.max(last, minute), 0) }));
  const weekdays = [0, 1, 2, 3, 4, 5, 6].map((weekday) => days.filter(({ day }) => ((day % 7) + 7) % 7 === weekday));
  return weekdays.flatMap(earlyAmong).sort((a, b) => a - b);
}

/** @param days of one weekday */
function earlyAmong(days: readonly SellingDay[]): EpochDay[] {
  if (days.length < USUAL_DAYS_MIN) return [];
  const bound = medianOf(days.map(({ last }) => last)) - EARLY_MINUTES_MIN;
  const all = days.flatMap(({ minutes }) => minutes);
  const shareUntil = (minute: number): number => all.filter((other) => other <= minute).length / all.length;
  // Few days end before the bound, so few are counted out.
  return days.filter(({ minutes, last }) => last < bound && shareUntil(last) ** minutes.length < EARLY_CHANCE_MAX).map(({ day }) => day);
}

const medianOf = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
};
