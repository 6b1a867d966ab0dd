import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromExactText, toExactText } from "./exact-text.js";

const column = fc.oneof(fc.float64Array({ maxLength: 9 }), fc.int32Array({ maxLength: 9 }), fc.float32Array({ maxLength: 9 }), fc.uint8Array({ maxLength: 9 }));
const { data } = fc.letrec((tie) => ({
  leaf: fc.oneof(fc.double(), fc.string(), fc.boolean(), fc.constant(null), column),
  data: fc.oneof(
    { maxDepth: 4 },
    tie("leaf"),
    fc.array(tie("data"), { maxLength: 4 }),
    fc.dictionary(
      fc.string().filter((key) => key !== "__proto__" && !key.startsWith("$")),
      tie("data"),
      { maxKeys: 4, noNullPrototype: true },
    ),
  ),
}));

describe("exact text", () => {
  test("gives plain data back bit for bit", () => {
    fc.assert(fc.property(data, (value) => void expect(fromExactText(toExactText(value))).toStrictEqual(value)), { numRuns: 300 });
  });

  test("gives a part of a column back as that part", () => {
    expect(fromExactText(toExactText(Float64Array.of(1, 2, 3, 4).subarray(1, 3)))).toStrictEqual(Float64Array.of(2, 3));
  });

  test("is readable but for its columns", () => {
    expect(toExactText({ trials: 30, naive: Number.NaN, days: Int32Array.of(1) })).toBe('{"trials":30,"naive":{"$number":"NaN"},"days":{"$Int32Array":"AQAAAA=="}}');
  });

  test.each([
    ["a Map", new Map()],
    ["a Date", { at: new Date(0) }],
    ["a function", { run: () => 1 }],
    ["a BigUint64Array", new BigUint64Array(1)],
  ] as const)("refuses %s, which would come back as something else", (_, value) => {
    expect(() => toExactText(value)).toThrow(TypeError);
  });
});
