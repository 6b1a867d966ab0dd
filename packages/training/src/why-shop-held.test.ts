import { describe, expect, test } from "vitest";
import { HELD_DAYS_MAX } from "./why-held.js";
import { whyShopHeld } from "./why-shop-held.js";

describe("a product in its company", () => {
  test("is held where most of what the run decided before it was held for its own sales", () => {
    expect(whyShopHeld({ decided: 5, held: 3 }, 0)).toBe("of the 5 products that the run decided before it, 3 have sales that contradict their champions");
    expect(whyShopHeld({ decided: 2, held: 2 }, HELD_DAYS_MAX - 1)).not.toBeNull();
  });

  test("is believed once it was held for a week", () => expect(whyShopHeld({ decided: 5, held: 5 }, HELD_DAYS_MAX)).toBeNull());

  test.each([
    { decided: 0, held: 0 },
    { decided: 1, held: 1 },
    { decided: 6, held: 3 },
    { decided: 100, held: 3 },
  ])("is judged by its own sales alone with $held of $decided held before it", (shop) => expect(whyShopHeld(shop, 0)).toBeNull());
});
