import type { Product } from "@levain/contracts";
import { describe, expect, it } from "vitest";
import { policy, roll } from "./sample-shop.js";
import { checkTenant } from "./validate.js";

const named = (name: string, isDiscontinued = false): Product => ({ ...roll, id: name.toLowerCase(), name, isDiscontinued });

describe("a tenant", () => {
  it("with three products on sale is without complaint", () => expect(checkTenant([named("Roll"), named("Loaf"), named("Bun")], policy)).toEqual([]));

  it("with fewer is warned, discontinued products not counted", () => {
    expect(checkTenant([named("Roll"), named("Loaf"), named("Bun", true)], policy)).toEqual([
      { code: "few-products", severity: "warning", count: 1, examples: ["Roll", "Loaf"], message: "2 products on sale; from 3 on they can be compared with one another" },
    ]);
    expect(checkTenant([], policy)).toEqual([expect.objectContaining({ count: 3, examples: [] })]);
  });
});
