import { describe, expect, test } from "vitest";
import { HELD_DAYS_MAX } from "./why-held.js";
import { whyShopHeld } from "./why-shop-held.js";

describe("a product in its company", () => {
  test("is held where most of what sells more is held for its own sales", () => {
    expect(whyShopHeld({ begun: 5, held: 3 }, 0)).toBe("of the 5 products that sell more, 3 have sales that contradict their champions");
    expect(whyShopHeld({ begun: 2, held: 2 }, HELD_DAYS_MAX - 1)).not.toBeNull();
  });

  test("is believed once it was held for a week", () => expect(whyShopHeld({ begun: 5, held: 5 }, HELD_DAYS_MAX)).toBeNull());

  test.each([
    { begun: 0, held: 0 },
    { begun: 1, held: 1 },
    { begun: 6, held: 3 },
    { begun: 100, held: 3 },
  ])("is judged by its own sales alone with $held of $begun better sellers held", (shop) => expect(whyShopHeld(shop, 0)).toBeNull());
});
