/** What a product is counted in: pieces, or the trays of six that it is sold by. */
import { largest, mean } from "./vector.js";

/** Of so many units a day the scatter no longer depends on whether they are whole; they are then counted in dozens or more. */
const COUNTED_MAX = 400;

/** The largest unit of which every day's demand is a multiple, such as 1 or, where a tray of six is sold, 6. */
export const unitOf = (y: Float64Array): number => {
  const top = largest(y);
  if (!(top > 0)) return 1;
  const tolerance = top * 1e-9;
  let unit = 0;
  for (const value of y) {
    let [a, b] = [unit, value];
    while (b > tolerance) [a, b] = [b, a % b > b - tolerance ? 0 : a % b];
    unit = a;
  }
  // Weights in kilograms share no unit worth the name, and large numbers need not be counted singly.
  return Math.max(unit, mean(y) / COUNTED_MAX);
};
