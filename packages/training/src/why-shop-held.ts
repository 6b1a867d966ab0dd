/**
 * Whether a product is held for its company. A till that died and an import that ran twice are the shop's, but only what
 * sells enough can tell: three days without a sale are nothing for a cake that is asked for twice a week. A run begins with the
 * best sellers. So a product is held with what sells more than it where
 *
 * - most of that is held for its own sales, or
 * - all of that, and the product itself, sold nothing on the newest day, though each may have done so by chance.
 *
 * What lasts is believed here, too; and a product that is held for its company counts nothing for others.
 */
import { ALL_BUT_IMPOSSIBLE } from "./none-chance.js";
import { HELD_DAYS_MAX } from "./why-held.js";

/** Of a run, as far as it has come: its products that sell more than one of them. */
export type ShopSoFar = {
  readonly begun: number;
  /** Those of them that were held for their own sales. */
  readonly held: number;
  /** The product of their chances to sell nothing on the newest day; null as soon as one of them sold something or has not told. */
  readonly noneChance: number | null;
};

/** Products. One may be odd by itself. Two of a shop are so by chance on one true night of tens of thousands. */
const HELD_MIN = 2;

/**
 * Null where nothing speaks against the shop's till.
 * @param noneChance the product's own, of selling nothing on the newest day; null where it sold
 * @param heldDays since the product was first held, for whatever reason; 0 where it was not
 */
export const whyShopHeld = (shop: ShopSoFar, noneChance: number | null, heldDays: number): string | null => {
  if (heldDays >= HELD_DAYS_MAX) return null;
  if (shop.held >= HELD_MIN && 2 * shop.held > shop.begun) return `of the ${shop.begun} products that sell more, ${shop.held} have sales that contradict their champions`;
  const ofAll = shop.noneChance === null || noneChance === null ? 1 : shop.noneChance * noneChance;
  return ofAll < ALL_BUT_IMPOSSIBLE ? "nothing was sold on the newest day, of this product and of all that sell more, which their champions together took for all but impossible" : null;
};
