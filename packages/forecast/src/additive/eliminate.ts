/* oxlint-disable typescript/no-non-null-assertion -- all loops below run within the k columns of the system; checks would double their time */
/**
 * A system (XᵀX + R)β = b of which the leading unknowns are all free, while most of the trailing ones, the slope changes,
 * stay at zero. The leading ones are eliminated at once. What that leaves of a slope is worked out when it is first asked
 * for: of a product without bends never, which is more than half of the work.
 */
import { backward, dot, factorise, forward } from "./solve.js";

export type Eliminated = {
  /** What the leading unknowns leave of the curvature between two slopes. */
  curvatureOf(slope: number, other: number): number;
  /** @param right b, shape (k) */
  facing(right: Float64Array): {
    /** What the leading unknowns leave of a slope's right side. */
    targetOf(slope: number): number;
    /** All unknowns once the slopes are known, shape (k). */
    complete(slopes: Float64Array): Float64Array;
  };
};

/**
 * @param gram XᵀX, shape (k, k) @param ridge diagonal of R, shape (leading unknowns)
 * @param room for the leading part, shape (leading unknowns squared), overwritten: it would cost nearly as much to allocate as to factorise
 */
export const eliminate = (gram: Float64Array, k: number, ridge: readonly number[], room: Float64Array): Eliminated => {
  const size = ridge.length;
  for (let i = 0; i < size; i += 1) {
    for (let j = 0; j <= i; j += 1) room[i * size + j] = gram[i * k + j]!;
    room[i * size + i] = room[i * size + i]! + ridge[i]!;
  }
  factorise(room, size);
  const rows: (Float64Array | undefined)[] = [];
  /** L⁻¹ times the leading part of a slope's column. */
  const rowOf = (slope: number): Float64Array => {
    const known = rows[slope];
    if (known !== undefined) return known;
    const row = gram.slice((size + slope) * k, (size + slope) * k + size);
    forward(room, row, size);
    rows[slope] = row;
    return row;
  };
  const count = k - size;
  const curvatures = new Float64Array(count * count).fill(Number.NaN);
  const curvatureOf: Eliminated["curvatureOf"] = (slope, other) => {
    const place = slope * count + other;
    if (Number.isNaN(curvatures[place])) curvatures[place] = gram[(size + slope) * k + size + other]! - dot(rowOf(slope), 0, rowOf(other), 0, size);
    return curvatures[place]!;
  };
  const facing: Eliminated["facing"] = (right) => {
    const lowered = right.slice(0, size);
    forward(room, lowered, size);
    const complete = (slopes: Float64Array): Float64Array => {
      const all = new Float64Array(k);
      all.set(lowered);
      all.set(slopes, size);
      for (let slope = 0; slope < slopes.length; slope += 1) {
        if (slopes[slope] === 0) continue;
        const row = rowOf(slope);
        for (let i = 0; i < size; i += 1) all[i] = all[i]! - row[i]! * slopes[slope]!;
      }
      backward(room, all, size);
      return all;
    };
    return { targetOf: (slope) => right[size + slope]! - dot(rowOf(slope), 0, lowered, 0, size), complete };
  };
  return { curvatureOf, facing };
};
