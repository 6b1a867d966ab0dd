/**
 * The rate of demand that comes now and then, in units per open day. Croston (1972) smooths the sizes of demands and the
 * days between them apart from one another; Syntetos & Boylan (2005) take off the bias of their quotient; Teunter,
 * Syntetos & Babai (2011) smooth the probability of a demand instead, every day, so that a product nobody asks for any
 * more fades away.
 */
import { mean } from "./vector.js";

export type CrostonMethod = "croston" | "syntetos-boylan" | "teunter-syntetos-babai";

/** Demands whose mean size and distance the smoothing starts from. */
const START_DEMANDS = 8;

/**
 * @param demand units of each open day, oldest first, shape (n) @param weight of the newest size and distance or probability, in (0, 1)
 * @returns 0 when nothing was ever asked for
 */
export const demandRate = (method: CrostonMethod, demand: ArrayLike<number>, weight: number): number => {
  const demands = Array.from(demand).flatMap((size, day) => (size > 0 ? [{ size, day }] : []));
  const start = demands.slice(0, START_DEMANDS);
  const [first, last] = [start[0], start.at(-1)];
  if (first === undefined || last === undefined) return 0;
  let size = mean(start.map((each) => each.size));
  let gap = (last.day + 1) / start.length;
  if (method === "teunter-syntetos-babai") {
    let probability = 1 / gap;
    for (const today of Array.from(demand)) {
      probability += weight * ((today > 0 ? 1 : 0) - probability);
      if (today > 0) size += weight * (today - size);
    }
    return probability * size;
  }
  let before = -1;
  for (const each of demands) {
    size += weight * (each.size - size);
    gap += weight * (each.day - before - gap);
    before = each.day;
  }
  return ((method === "syntetos-boylan" ? 1 - weight / 2 : 1) * size) / gap;
};
