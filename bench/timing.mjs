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

/**
 * Runs each entry once a round, in turn. The first rounds only warm up the compiler and are not counted.
 * @param entries name → (round) => run, where `run` alone is timed @returns name → milliseconds of each counted round
 */
export function inTurn(entries, { rounds, warmUp = 3 }) {
  const times = Object.fromEntries(Object.keys(entries).map((name) => [name, []]));
  for (let round = -warmUp; round < rounds; round += 1) {
    for (const [name, prepare] of Object.entries(entries)) {
      const run = prepare(Math.abs(round));
      const ms = msOf(run);
      if (round >= 0) times[name].push(ms);
    }
  }
  return times;
}

/** The median over rounds of a / b, each ratio from one and the same round. */
export const ratioOf = (a, b) => median(a.map((value, round) => value / b[round]));
