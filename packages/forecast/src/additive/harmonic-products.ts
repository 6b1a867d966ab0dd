/* oxlint-disable typescript/no-non-null-assertion -- loops run over the harmonics of the columns they are given */
/**
 * The products of harmonics with one another: sin a·cos b = (sin(a + b) + sin(a − b)) / 2 and the like, so that each is half
 * a sum of two sums of harmonics.
 */
import { writeBoth } from "./gram.js";

/**
 * Writes XᵀX of the harmonics 1 … K, given their sums, that is their products with the level, and the products of
 * harmonic K with all of them, from which the sums of harmonics K + 1 … 2K follow.
 * @param gram shape (k, k) @param waves numbers of the columns: sin 1, cos 1, sin 2, cos 2, …
 */
export const writeHarmonicProducts = (gram: Float64Array, k: number, level: number, waves: readonly number[]): void => {
  const order = waves.length / 2;
  const [lastSine, lastCosine] = [waves[2 * order - 2]! * k, waves[2 * order - 1]! * k];
  const sines = new Float64Array(2 * order + 1);
  const cosines = new Float64Array(2 * order + 1);
  cosines[0] = gram[level * k + level]!;
  for (let j = 1; j <= order; j += 1) {
    const [sine, cosine] = [waves[2 * j - 2]!, waves[2 * j - 1]!];
    sines[j] = gram[level * k + sine]!;
    cosines[j] = gram[level * k + cosine]!;
    sines[order + j] = gram[lastSine + cosine]! + gram[lastCosine + sine]!;
    cosines[order + j] = gram[lastCosine + cosine]! - gram[lastSine + sine]!;
  }
  for (let a = 1; a <= order; a += 1) {
    for (let b = 1; b <= a; b += 1) {
      const [sineA, cosineA, sineB, cosineB] = [waves[2 * a - 2]!, waves[2 * a - 1]!, waves[2 * b - 2]!, waves[2 * b - 1]!];
      writeBoth(gram, k, sineA, sineB, (cosines[a - b]! - cosines[a + b]!) / 2);
      writeBoth(gram, k, cosineA, cosineB, (cosines[a - b]! + cosines[a + b]!) / 2);
      writeBoth(gram, k, sineA, cosineB, (sines[a + b]! + sines[a - b]!) / 2);
      writeBoth(gram, k, cosineA, sineB, (sines[a + b]! - sines[a - b]!) / 2);
    }
  }
};
