/** Seeded chance by key: a key always draws the same numbers, so that yesterday looks the same whichever day is asked first. */

/** Draws from [0, 1). */
export type Chance = () => number;

export function chanceOf(...key: readonly (string | number)[]): Chance {
  let state = hash(key.join("|"));
  // Mulberry32, T. Ettinger 2017 (public domain): 32 bits of state, enough for a simulation.
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** FNV-1a over UTF-16 code units. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value;
}

/** Standard normal (Box & Muller 1958). */
export const gaussian = (chance: Chance): number => Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance());

/** Mean above which a Poisson draw is as good as normal. */
const POISSON_NORMAL_FROM = 50;

/** A Poisson count (Knuth's product of uniforms for small means). */
export function poisson(chance: Chance, mean: number): number {
  if (mean >= POISSON_NORMAL_FROM) return Math.max(0, Math.round(mean + Math.sqrt(mean) * gaussian(chance)));
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = chance(); product > limit; product *= chance()) count += 1;
  return count;
}
