/* oxlint-disable typescript/no-non-null-assertion -- all arrays have one value per open day */
/**
 * Demand behind an empty shelf. What was sold on such a day is a lower bound of what was wanted (Conrad 1976; Nahmias
 * 1994), and a model that took it for demand would bake less, sell out more often and bake less again. Each such day is
 * given a demand as it may have been: drawn from what its neighbours and its weekday make likely, beyond what was sold.
 * Given it, expectation and spread are told anew, until they agree (the EM algorithm; Dempster, Laird & Rubin 1977).
 */
import type { Reach } from "./decomposition.js";
import { decompose } from "./decomposition.js";
import { normalDistribution, normalQuantile } from "./normal.js";
import type { EpochDay, OpenDays } from "./series.js";
import { weekdayOf } from "./series.js";
import { mean } from "./vector.js";

/** Rounds between drawing and expecting; later ones change less than a unit in a hundred. */
const ROUNDS = 12;
/** Far enough that a draw hardly shifts what it is drawn from. */
const REACH: Reach = { weeks: 20, days: 35 };
/** Times what was sold that a draw may reach: a shelf that was empty at noon had not sold a tenth. */
const TIMES_MAX = 3;
/** Golden section: multiples of it spread evenly over [0, 1), so that draws are without chance and yet without pattern. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** @returns the same days, those that sold out with the demand that they may have had, never less than they sold */
export const demandBehind = (open: OpenDays, soldOut: readonly EpochDay[] = []): OpenDays => {
  if (soldOut.length === 0) return open;
  const empty = new Set(soldOut);
  const rows = Array.from(open.days.keys()).filter((row) => empty.has(open.days[row]!));
  if (rows.length === 0 || rows.length === open.days.length) return open;
  // On the scale of roots demand scatters about evenly.
  const sold = open.y.map(Math.sqrt);
  const z = sold.slice();
  const weekdays = open.days.map(weekdayOf);
  const known = Array.from(open.days.keys()).filter((row) => !empty.has(open.days[row]!));
  for (let round = 0; round < ROUNDS; round += 1) {
    const { course, week } = decompose(z, weekdays, REACH);
    const expected = course.map((value, row) => value + week[row]!);
    const spread = Math.sqrt(mean(z.map((value, row) => (value - expected[row]!) ** 2))) || Math.sqrt(mean(known.map((row) => sold[row]!))) * 1e-3;
    if (!(spread > 0)) return open;
    for (const row of rows) {
      const below = normalDistribution((sold[row]! - expected[row]!) / spread);
      const lot = below + (1 - below) * ((open.days[row]! * GOLDEN) % 1);
      z[row] = Math.min(sold[row]! * Math.sqrt(TIMES_MAX), Math.max(sold[row]!, expected[row]! + spread * normalQuantile(lot)));
    }
  }
  const y = open.y.slice();
  for (const row of rows) y[row] = Math.max(open.y[row]!, z[row]! ** 2);
  return { days: open.days, y };
};

/** The days on which demand was seen, to be judged by. */
export const withoutSellOuts = ({ days, y }: OpenDays, soldOut: readonly EpochDay[] = []): OpenDays => {
  if (soldOut.length === 0) return { days, y };
  const empty = new Set(soldOut);
  return { days: days.filter((day) => !empty.has(day)), y: y.filter((_, row) => !empty.has(days[row]!)) };
};
