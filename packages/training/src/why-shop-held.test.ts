import { describe, expect, test } from "vitest";
import { HELD_DAYS_MAX } from "./why-held.js";
import { whyShopHeld } from "./why-shop-held.js";

describe("a product in its company", () => {
  test("is held where most of what sells more is held for its own sales", () => {
    expect(whyShopHeld({ begun: 5, held: 3, noneChance: null }, null, 0)).toBe("of the 5 products that sell more, 3 have sales that contradict their champions");
    expect(whyShopHeld({ begun: 2, held: 2, noneChance: null }, null, HELD_DAYS_MAX - 1)).not.toBeNull();
  });

  test("is held where nothing was sold of it nor of what sells more, and that is all but impossible of all together", () => {
    expect(whyShopHeld({ begun: 6, held: 2, noneChance: 0.005 }, 0.1, 0)).toMatch(/^nothing was sold on the newest day, of this product and of all that sell more/);
    expect(whyShopHeld({ begun: 6, held: 2, noneChance: 0.005 }, 0.25, 0), "one in eight hundred").toBeNull();
    expect(whyShopHeld({ begun: 6, held: 2, noneChance: 0.005 }, null, 0), "but it sold something").toBeNull();
    expect(whyShopHeld({ begun: 6, held: 2, noneChance: null }, 0.025, 0), "but one of the others did").toBeNull();
    expect(whyShopHeld({ begun: 0, held: 0, noneChance: 1 }, 0.025, 0), "there is no other").toBeNull();
  });

  test("is believed once it was held for a week", () => expect(whyShopHeld({ begun: 5, held: 5, noneChance: 1e-6 }, 1e-3, HELD_DAYS_MAX)).toBeNull());

  test.each([
    { begun: 0, held: 0 },
    { begun: 1, held: 1 },
    { begun: 6, held: 3 },
    { begun: 100, held: 3 },
  ])("is judged by its own sales alone with $held of $begun better sellers held", (shop) => expect(whyShopHeld({ ...shop, noneChance: null }, null, 0)).toBeNull());
});
