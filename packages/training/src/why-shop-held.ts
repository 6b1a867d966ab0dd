/**
 * Whether a product is held for its company. A till that died and an import that ran twice are the shop's, but only what
 * sells enough can tell: three days without a sale are nothing for a cake that is asked for twice a week. A run begins with the
 * best sellers. So where most of what sells more than a product is held for its own sales, the product is held with it. What lasts is believed here, too; and a product that is held for its company counts nothing for others.
 */
import { HELD_DAYS_MAX } from "./why-held.js";

/** Of a run, as far as it has come: its products that sell more than one of them. */
export type ShopSoFar = {
  readonly begun: number;
  /** Those of them that were held for their own sales. */
  readonly held: number;
};

/** Products. One may be odd by itself. Two of a shop are so by chance on one true night of tens of thousands. */
const HELD_MIN = 2;

/** Null where nothing speaks against the shop's till. @param heldDays since the product was first held, for whatever reason; 0 where it was not */
export const whyShopHeld = ({ begun, held }: ShopSoFar, heldDays: number): string | null =>
  heldDays < HELD_DAYS_MAX && held >= HELD_MIN && 2 * held > begun ? `of the ${begun} products that sell more, ${held} have sales that contradict their champions` : null;
