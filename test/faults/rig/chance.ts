/** Seeded chance for a fault test. The seed is printed, and `LEVAIN_FAULT_SEED` brings the same choices back. */
import { randomInt } from "node:crypto";
import { say } from "./figures.js";

export type Chance = {
  readonly seed: number;
  /** From [0, 1). */
  next(): number;
  /** From [0, below). */
  below(below: number): number;
  pick<T>(from: readonly T[]): T;
  shuffled<T>(from: readonly T[]): T[];
};

const SEED_BELOW = 2 ** 31;

export function openChance(promise: string): Chance {
  const asked = Number(process.env["LEVAIN_FAULT_SEED"] ?? Number.NaN);
  const seed = Number.isInteger(asked) ? asked : randomInt(SEED_BELOW);
  say(`${promise} · seed ${seed}`);
  return chanceOf(seed);
}

export function chanceOf(seed: number): Chance {
  let state = seed | 0;
  // Mulberry32, T. Ettinger 2017 (public domain).
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  const pick = <T>(from: readonly T[]): T => {
    const picked = from[below(from.length)];
    if (picked === undefined) throw new RangeError("expected something to pick from");
    return picked;
  };
  const shuffled = <T>(from: readonly T[]): T[] => from.map((item) => ({ item, at: next() })).sort((a, b) => a.at - b.at).map(({ item }) => item);
  return { seed, next, below, pick, shuffled };
}
