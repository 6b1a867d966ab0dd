/* oxlint-disable typescript/no-non-null-assertion -- all loops below run within (n, k) of the matrix they read; checks would double their time */
/** The sufficient statistics of least squares. They are all a fit needs of the data, and priors do not change them. */
import { dot } from "./solve.js";

/** A matrix of shape (n, k), column-major: element (i, j) is `values[j * n + i]`, so that a column is contiguous. */
export type Columns = { readonly n: number; readonly k: number; readonly values: Float64Array };

/** XᵀX, shape (k, k) row-major, symmetric. Cost n·k²/2 multiplications: 730 × 60 takes about a millisecond. */
export const gramOf = (columns: Columns): Float64Array => {
  const { k } = columns;
  const gram = new Float64Array(k * k);
  writeProducts(gram, columns, Array.from({ length: k }, (_, j) => j));
  return gram;
};

/**
 * Writes the inner products of the listed columns with one another into a Gram matrix, both halves. Two by two columns
 * at a time, so that each value loaded is used twice.
 */
export const writeProducts = (gram: Float64Array, { n, k, values }: Columns, listed: readonly number[]): void => {
  const last = listed.length - 1;
  for (let p = 0; p <= last; p += 2) {
    // An odd one out is paired with itself: the same product is then written twice.
    const a = listed[p]!;
    const c = listed[Math.min(p + 1, last)]!;
    for (let q = p; q <= last; q += 2) {
      const b = listed[q]!;
      const d = listed[Math.min(q + 1, last)]!;
      let ab = 0;
      let ad = 0;
      let cb = 0;
      let cd = 0;
      const [fromA, fromB, fromC, fromD] = [a * n, b * n, c * n, d * n];
      for (let i = 0; i < n; i += 1) {
        const xa = values[fromA + i]!;
        const xc = values[fromC + i]!;
        const xb = values[fromB + i]!;
        const xd = values[fromD + i]!;
        ab += xa * xb;
        ad += xa * xd;
        cb += xc * xb;
        cd += xc * xd;
      }
      writeBoth(gram, k, a, b, ab);
      writeBoth(gram, k, a, d, ad);
      writeBoth(gram, k, c, b, cb);
      writeBoth(gram, k, c, d, cd);
    }
  }
};

/** Elements (i, j) and (j, i). */
export const writeBoth = (gram: Float64Array, k: number, i: number, j: number, value: number): void => {
  gram[i * k + j] = value;
  gram[j * k + i] = value;
};

/** Xᵀz, shape (k). @param z shape (n) */
export const momentsOf = ({ n, k, values }: Columns, z: Float64Array): Float64Array => {
  const moments = new Float64Array(k);
  for (let j = 0; j < k; j += 1) moments[j] = dot(values, j * n, z, 0, n);
  return moments;
};

/** The last `rows` rows of X[:, kept]·β, shape (rows). @param kept column numbers @param beta shape (kept.length) */
export const combineColumns = ({ n, values }: Columns, kept: readonly number[], beta: ArrayLike<number>, rows = n): Float64Array => {
  const result = new Float64Array(rows);
  const used = kept.flatMap((_, j) => (beta[j]! === 0 ? [] : [j]));
  const first = n - rows;
  let j = 0;
  // Four columns at a time, so that the sum is loaded and stored a quarter as often.
  for (; j + 3 < used.length; j += 4) {
    const [ja, jb, jc, jd] = [used[j]!, used[j + 1]!, used[j + 2]!, used[j + 3]!];
    const [wa, wb, wc, wd] = [beta[ja]!, beta[jb]!, beta[jc]!, beta[jd]!];
    const [a, b, c, d] = [kept[ja]! * n + first, kept[jb]! * n + first, kept[jc]! * n + first, kept[jd]! * n + first];
    for (let i = 0; i < rows; i += 1) result[i] = result[i]! + (wa * values[a + i]! + wb * values[b + i]! + (wc * values[c + i]! + wd * values[d + i]!));
  }
  for (; j < used.length; j += 1) {
    const weight = beta[used[j]!]!;
    const from = kept[used[j]!]! * n + first;
    for (let i = 0; i < rows; i += 1) result[i] = result[i]! + weight * values[from + i]!;
  }
  return result;
};
