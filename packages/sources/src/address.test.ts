import { describe, expect, test } from "vitest";
import { addressOf } from "./address.js";

describe("an address", () => {
  test("keeps the path and the query of its base", () => {
    const address = addressOf("https://till.example/api/v2/?key=abc", ["products", "rye bread", "sales"], { from: "2026-01-01", cursor: null });
    expect(address.href).toBe("https://till.example/api/v2/products/rye%20bread/sales?key=abc&from=2026-01-01");
  });

  test.each([
    ["a/b", "a%2Fb"],
    ["a?b", "a%3Fb"],
    ["%2e%2e", "%252e%252e"],
    ["Brötchen", "Br%C3%B6tchen"],
  ])("escapes the product id %s", (id, escaped) => {
    expect(addressOf("http://till.example", ["products", id, "sales"], {}).pathname).toBe(`/products/${escaped}/sales`);
  });

  test.each([".", ".."])("refuses the product id %s, which would lead elsewhere", (id) => {
    expect(() => addressOf("http://till.example", ["products", id, "sales"], {})).toThrow("product id");
  });
});
