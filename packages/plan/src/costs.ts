/** What a piece too many and a piece too few cost; money per unit, in one currency. */

export type Costs = {
  readonly unitPrice: number;
  readonly unitCost: number;
  /** What a leftover still brings; negative where its disposal costs. */
  readonly wasteValue: number;
  /** What a customer who leaves without is worth beyond the sale. */
  readonly goodwillLoss: number;
};

export type Stakes = {
  /** Money lost by a unit baked and not sold. */
  readonly over: number;
  /** Money lost by a unit asked for and not there; negative where a sale brings less than baking costs. */
  readonly under: number;
};

export const stakesOf = ({ unitPrice, unitCost, wasteValue, goodwillLoss }: Costs): Stakes => ({ over: unitCost - wasteValue, under: unitPrice - unitCost + goodwillLoss });

/**
 * The share of days on which the best quantity suffices: under / (under + over), the newsvendor's critical ratio (Arrow,
 * Harris & Marschak 1951). @throws RangeError where a leftover brings as much as it cost: then no quantity is the best
 */
export const criticalRatio = ({ over, under }: Stakes): number => {
  if (!(over > 0)) throw new RangeError(`expected a leftover to be worth less than it cost, got a loss of ${over}`);
  return Math.max(0, under / (under + over));
};
