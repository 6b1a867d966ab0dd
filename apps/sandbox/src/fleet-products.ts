/** Any number of made-up products, from a loaf that everybody buys to a cake that is asked for twice a month. */
import { chanceOf, gaussian } from "./chance.js";
import type { Habits } from "./simulated-demand.js";

/** Share of products that are asked for on some days only. */
const INTERMITTENT_SHARE = 0.2;

export const fleetProducts = (count: number, seed: number): Habits[] =>
  Array.from({ length: count }, (_, index) => {
    const chance = chanceOf(seed, "habits", index);
    const id = `product-${String(index + 1).padStart(4, "0")}`;
    const name = `Product ${index + 1}`;
    const weekend = 0.8 + chance() * 0.9;
    const weekday = [0, 0.95, 0.95, 1, 1.1, weekend, weekend];
    if (chance() < INTERMITTENT_SHARE) return { id, name, unitsPerDay: chance(), weekday, askedShare: 0.1 + 0.3 * chance() };
    return {
      id,
      name,
      unitsPerDay: Math.exp(2.3 + 1.1 * gaussian(chance)),
      weekday,
      season: { share: 0.25 * chance(), peak: chance() },
      perDegree: 0.02 * (chance() - 0.5),
      growthPerYear: 0.2 * (chance() - 0.4),
      atFair: 1 + chance(),
    };
  });
