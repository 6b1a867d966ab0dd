/**
 * Whether a product is held for its company. A till that died and an import that ran twice are the shop's, but only what
 * sells enough can tell: three days without a sale are nothing for a cake that is asked for twice a week. A run trains the
 * best sellers first. So once most of what it has decided was held for its own sales, the rest of its products are held
 * with them. What lasts is believed here, too; and a product that is held for its company counts nothing for others.
 */
import { HELD_DAYS_MAX } from "./why-held.js";

/** Of a run, as far as it has come: its products that had a champion. */
export type ShopSoFar = {
  readonly decided: number;
  /** Those of them that were held for their own sales. */
  readonly held: number;
};

/** Products. One may be odd by itself. Two of a shop are so by chance on one true night of tens of thousands. */
const HELD_MIN = 2;

/** Null where nothing speaks against the shop's till. @param heldDays since the product was first held, for whatever reason; 0 where it was not */
export const whyShopHeld = ({ decided, held }: ShopSoFar, heldDays: number): string | null =>
  heldDays < HELD_DAYS_MAX && held >= HELD_MIN && 2 * held > decided ? `of the ${decided} products that the run decided before it, ${held} have sales that contradict their champions` : null;
