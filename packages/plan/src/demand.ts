/**
 * Demand of one day as a distribution, told by its quantiles: between two levels the quantile function is a straight
 * line, beyond the outermost it stays at their value. Every expectation below is the exact integral of that line.
 */

export type Demand = {
  /** In (0, 1), ascending, at least one. */
  readonly levels: readonly number[];
  /** The quantile of each level, never descending, never negative; units. */
  readonly values: readonly number[];
};

/** @throws RangeError for levels that do not ascend within (0, 1), or values that do not fit them */
export const demandOf = (levels: readonly number[], values: readonly number[]): Demand => {
  if (levels.length === 0 || levels.length !== values.length) throw new RangeError(`expected as many quantiles as levels and at least one, got ${values.length} of ${levels.length}`);
  if (levels.some((level, i) => !(level > (levels[i - 1] ?? 0) && level < 1))) throw new RangeError(`expected levels that ascend within 0 and 1, got ${levels.join(", ")}`);
  if (!values.every(Number.isFinite)) throw new RangeError("expected finite quantiles");
  // Quantiles that cross by rounding are put in order; less than nothing is never asked for.
  let highest = 0;
  return { levels, values: values.map((value) => (highest = Math.max(highest, value))) };
};

/** The quantile of any level in [0, 1]. */
export const quantileOf = (demand: Demand, level: number): number => {
  for (const { from, until, low, high } of stretches(demand)) if (level <= until) return until > from ? low + ((level - from) / (until - from)) * (high - low) : high;
  return demand.values.at(-1) ?? 0;
};

/** The probability that at least `quantity` is asked for, so that nothing is left in the evening. */
export const chanceToSellOut = (demand: Demand, quantity: number): number => {
  let chance = 0;
  for (const { from, until, low, high } of stretches(demand)) {
    if (low >= quantity) chance += until - from;
    else if (high > quantity) chance += ((until - from) * (high - quantity)) / (high - low);
  }
  return chance;
};

/** E[(quantity − demand)⁺]: units left over. */
export const expectedWaste = (demand: Demand, quantity: number): number => {
  let waste = 0;
  for (const { from, until, low, high } of stretches(demand)) {
    if (high <= quantity) waste += (until - from) * (quantity - (low + high) / 2);
    else if (low < quantity) waste += ((until - from) * (quantity - low) ** 2) / (2 * (high - low));
  }
  return waste;
};

/** E[(demand − quantity)⁺]: units asked for in vain. */
export const expectedLost = (demand: Demand, quantity: number): number => {
  let mean = 0;
  for (const { from, until, low, high } of stretches(demand)) mean += ((until - from) * (low + high)) / 2;
  return mean - quantity + expectedWaste(demand, quantity);
};

type Stretch = { readonly from: number; readonly until: number; readonly low: number; readonly high: number };

function* stretches({ levels, values }: Demand): Generator<Stretch> {
  let [from, low] = [0, values[0] ?? 0];
  for (const [i, until] of levels.entries()) {
    const high = values[i] ?? low;
    yield { from, until, low, high };
    [from, low] = [until, high];
  }
  yield { from, until: 1, low, high: low };
}
