import { describe, expect, test } from "vitest";
import { pullIn } from "./outliers.js";
import { createRandom } from "./random.js";

const random = createRandom(41);
const surprises = Float64Array.from({ length: 200 }, () => random() + random() + random() - 1.5);
const z = surprises.map((surprise) => 10 + surprise);

describe("an odd day", () => {
  test("is pulled back to the edge of what is usual, and no other day is touched", () => {
    const odd = surprises.with(50, 30);
    const pulled = pullIn(z.with(50, 40), odd);
    expect(pulled[50]).toBeGreaterThan(11);
    expect(pulled[50]).toBeLessThan(15);
    expect(pulled.with(50, 0)).toEqual(z.with(50, 0));
  });

  test("is not made out of an ordinary one, of a product that seldom sells, or of a few days", () => {
    expect(pullIn(z, surprises)).toBe(z);
    expect(pullIn(z, new Float64Array(200).fill(0).with(3, 5))).toBe(z);
    const few = z.slice(0, 20);
    expect(pullIn(few, surprises.slice(0, 20).with(3, 90))).toBe(few);
  });
});
