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
 * Writes the inner products of the listed columns with one another into a Gram matrix, both halves. Three by three
 * columns at a time, so that each value loaded is used three times; more sums than nine no longer fit the registers.
 */
export const writeProducts = (gram: Float64Array, { n, k, values }: Columns, listed: readonly number[]): void => {
  const last = listed.length - 1;
  for (let p = 0; p <= last; p += 3) {
    // The last one stands in for columns beyond the end: the same products are then written twice.
    const [a, b, c] = [listed[p]!, listed[Math.min(p + 1, last)]!, listed[Math.min(p + 2, last)]!];
    for (let q = p; q <= last; q += 3) {
      const [d, e, f] = [listed[q]!, listed[Math.min(q + 1, last)]!, listed[Math.min(q + 2, last)]!];
      const [fromA, fromB, fromC, fromD, fromE, fromF] = [a * n, b * n, c * n, d * n, e * n, f * n];
      let [ad, ae, af, bd, be, bf, cd, ce, cf] = [0, 0, 0, 0, 0, 0, 0, 0, 0];
      for (let i = 0; i < n; i += 1) {
        const xa = values[fromA + i]!;
        const xb = values[fromB + i]!;
        const xc = values[fromC + i]!;
        const xd = values[fromD + i]!;
        const xe = values[fromE + i]!;
        const xf = values[fromF + i]!;
        ad += xa * xd;
        ae += xa * xe;
        af += xa * xf;
        bd += xb * xd;
        be += xb * xe;
        bf += xb * xf;
        cd += xc * xd;
        ce += xc * xe;
        cf += xc * xf;
      }
      writeBoth(gram, k, a, d, ad);
      writeBoth(gram, k, a, e, ae);
      writeBoth(gram, k, a, f, af);
      writeBoth(gram, k, b, d, bd);
      writeBoth(gram, k, b, e, be);
      writeBoth(gram, k, b, f, bf);
      writeBoth(gram, k, c, d, cd);
      writeBoth(gram, k, c, e, ce);
      writeBoth(gram, k, c, f, cf);
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

/** Rows and columns `kept` of a matrix of shape (k, k). */
export const principal = (gram: Float64Array, k: number, kept: readonly number[]): Float64Array => {
  const size = kept.length;
  const selected = new Float64Array(size * size);
  for (let i = 0; i < size; i += 1) {
    const from = kept[i]! * k;
    for (let j = 0; j < size; j += 1) selected[i * size + j] = gram[from + kept[j]!]!;
  }
  return selected;
};

/** Elements `kept` of a vector. */
export const elements = (vector: Float64Array, kept: readonly number[]): Float64Array => {
  const selected = new Float64Array(kept.length);
  for (let i = 0; i < selected.length; i += 1) selected[i] = vector[kept[i]!]!;
  return selected;
};
