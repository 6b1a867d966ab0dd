/** The scale a model thinks in. Demand varies more where there is more of it; a root or a logarithm evens that out. */
import { largest, mean } from "./vector.js";

export type TransformName = "linear" | "sqrt" | "log";

/** z = f(y) / scale, so that the largest demand seen is 1 (as in Prophet), whatever the unit. */
export type Transform = {
  readonly name: TransformName;
  /** log only: z ∝ log(1 + y / offset). A share of the mean demand, so that the result does not depend on the unit. */
  readonly offset: number;
  readonly scale: number;
  /** No forecast rises above this, in the series' unit. */
  readonly ceiling: number;
};

/** Share of the mean demand below which the logarithm turns into a straight line, so that a zero has a finite value. */
const LOG_OFFSET_SHARE = 0.2;
/** Times the largest demand seen. A forecast beyond it is extrapolation gone wrong, not news. */
const CEILING_FACTOR = 3;

/** @param y demand on the open days, shape (n), none negative */
export const learnTransform = (name: TransformName, y: Float64Array): Transform => {
  const most = Math.max(0, largest(y));
  const offset = Math.max(mean(y) * LOG_OFFSET_SHARE, Number.MIN_VALUE * 2 ** 60);
  const unscaled: Transform = { name, offset, scale: 1, ceiling: most * CEILING_FACTOR };
  const top = toScale(unscaled, most);
  return { ...unscaled, scale: top > 0 && Number.isFinite(top) ? top : 1 };
};

export const toScale = (transform: Transform, y: number): number => {
  switch (transform.name) {
    case "linear":
      return y / transform.scale;
    case "sqrt":
      return Math.sqrt(y) / transform.scale;
    case "log":
      return Math.log1p(y / transform.offset) / transform.scale;
  }
};

/** The same of many days, shape (n). */
export const onScale = (transform: Transform, y: Float64Array): Float64Array => {
  const z = new Float64Array(y.length);
  for (let i = 0; i < z.length; i += 1) z[i] = toScale(transform, y[i] ?? Number.NaN);
  return z;
};

/** Back to the series' unit: never negative, never above the ceiling. */
export const fromScale = (transform: Transform, z: number): number => {
  const scaled = Math.max(0, z * transform.scale);
  switch (transform.name) {
    case "linear":
      return Math.min(scaled, transform.ceiling);
    case "sqrt":
      return Math.min(scaled * scaled, transform.ceiling);
    case "log":
      return Math.min(Math.expm1(scaled) * transform.offset, transform.ceiling);
  }
};
