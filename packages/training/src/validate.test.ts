import type { Product } from "@levain/contracts";
import { describe, expect, it } from "vitest";
import { policy, roll } from "./sample-shop.js";
import { checkTenant } from "./validate.js";

const named = (name: string, isDiscontinued = false): Product => ({ ...roll, id: name.toLowerCase(), name, isDiscontinued });

const fresh = { openDays: ["2026-04-29", "2026-04-30"], cutoff: "2026-04-30" };
const products = [named("Roll"), named("Loaf"), named("Bun")];

describe("a tenant", () => {
  it("with three products on sale is without complaint", () => expect(checkTenant(products, fresh, policy)).toEqual([]));

  it("with fewer is warned, discontinued products not counted", () => {
    expect(checkTenant([named("Roll"), named("Loaf"), named("Bun", true)], fresh, policy)).toEqual([
      { code: "few-products", severity: "warning", count: 1, examples: ["Roll", "Loaf"], message: "2 products on sale; from 3 on they can be compared with one another" },
    ]);
    expect(checkTenant([], fresh, policy)).toEqual([expect.objectContaining({ count: 3, examples: [] })]);
  });

  it("whose shop has reported no open day for longer than a week is warned", () => {
    const stale = { openDays: ["2026-04-20", "2026-05-04"], cutoff: "2026-04-30" };
    expect(checkTenant(products, stale, policy)).toEqual([expect.objectContaining({ code: "stale-data", severity: "warning", count: 10, examples: ["2026-04-20"] })]);
  });
});
