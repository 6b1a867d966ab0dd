/** Times as medians, and always of things that ran beside one another: a busy machine then slows all of them alike. */

export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
};

/** @returns milliseconds that one call took */
function msOf(run) {
  const start = performance.now();
  run();
  return performance.now() - start;
}

/** In another order each round, the same in every run: whoever comes next pays for collecting the garbage of the one before. */
const shuffled = (items, round) => {
  const lot = (i) => (1e4 * Math.abs(Math.sin(round * items.length + i + 1))) % 1;
  return items.map((item, i) => ({ item, at: lot(i) })).sort((a, b) => a.at - b.at).map(({ item }) => item);
};

/**
 * Runs each entry once a round, in turn. The first rounds only warm up the compiler and are not counted.
 * @param entries name → (round) => run, where `run` alone is timed @returns name → milliseconds of each counted round
 */
export function inTurn(entries, { rounds, warmUp = 3 }) {
  const times = Object.fromEntries(Object.keys(entries).map((name) => [name, []]));
  for (let round = -warmUp; round < rounds; round += 1) {
    for (const [name, prepare] of shuffled(Object.entries(entries), Math.abs(round))) {
      const run = prepare(Math.abs(round));
      const ms = msOf(run);
      if (round >= 0) times[name].push(ms);
    }
  }
  return times;
}

/** The median over rounds of a / b, each ratio from one and the same round. */
export const ratioOf = (a, b) => median(a.map((value, round) => value / b[round]));
