/* oxlint-disable typescript/no-non-null-assertion -- places are counted by the same loops that fill them */
/**
 * Numbers in ascending order, by where each would stand if they were spread evenly between the least and the largest
 * (address calculation; Isaac & Singleton 1956), then by insertion among its few neighbours. Every fit sorts a year of
 * residuals; for so many it takes a third of the time that comparing takes.
 */

/** @returns a new array; what is not a number stands last, as in `toSorted` */
export const ascending = (values: Float64Array): Float64Array => {
  const n = values.length;
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < n; i += 1) {
    const value = values[i]!;
    if (!Number.isFinite(value)) return values.toSorted();
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const scale = most > least ? (n - 1) / (most - least) : 0;
  // Counted one place further on, so that the sum up to a place is where it begins.
  const begins = new Int32Array(n + 1);
  // Where the range is beyond what a number holds, all stand in the first place: insertion sorts them too.
  const places = new Int32Array(n);
  for (let i = 0; i < n; i += 1) {
    places[i] = Math.trunc((values[i]! - least) * scale);
    const place = places[i]!;
    begins[place + 1] = begins[place + 1]! + 1;
  }
  for (let place = 0; place < n; place += 1) begins[place + 1] = begins[place + 1]! + begins[place]!;
  const sorted = new Float64Array(n);
  for (let i = 0; i < n; i += 1) {
    const place = places[i]!;
    sorted[begins[place]!] = values[i]!;
    begins[place] = begins[place]! + 1;
  }
  for (let i = 1; i < n; i += 1) {
    const value = sorted[i]!;
    let j = i - 1;
    for (; j >= 0 && sorted[j]! > value; j -= 1) sorted[j + 1] = sorted[j]!;
    sorted[j + 1] = value;
  }
  return sorted;
};
