/** Chance as an argument: a small seeded generator, so that the same training draws the same trials everywhere. */

export type Random = () => number;

/** mulberry32: uniform on [0, 1), period 2³². @param seed any integer */
export const createRandom = (seed: number): Random => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** One of the options, each as likely as the others. @throws RangeError when there is none */
export const pick = <T>(random: Random, options: readonly T[]): T => {
  const option = options[Math.floor(random() * options.length)];
  if (option === undefined) throw new RangeError("expected at least one option to pick from, got none");
  return option;
};
