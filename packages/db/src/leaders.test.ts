import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { openSampleBakery, type SampleBakery } from "./sample-bakery.js";

let world: SampleBakery;
beforeAll(async () => {
  world = await openSampleBakery(inject("postgresUrl"));
});
afterAll(() => world.close());

const LONG_MS = 600_000;

describe("leadership", () => {
  test("is one's, however many ask at once, and stays with whoever has it", async () => {
    const { leaders } = world.db;
    const names = Array.from({ length: 24 }, (_, index) => `worker-${index}`);
    const answers = await Promise.all(names.map(async (name) => ((await leaders.lead("one", name, LONG_MS)) ? name : null)));
    const [leader, ...others] = answers.filter((name) => name !== null);
    expect(others).toEqual([]);
    expect(await leaders.lead("one", leader ?? "", LONG_MS)).toBe(true);
    expect(await leaders.lead("one", "another", LONG_MS)).toBe(false);
  });

  test("passes at once when the leader resigns, and by itself when it is not heard of any more", async () => {
    const { leaders } = world.db;
    expect(await leaders.lead("two", "first", LONG_MS)).toBe(true);
    await leaders.resign("two", "not the leader");
    expect(await leaders.lead("two", "second", LONG_MS)).toBe(false);
    await leaders.resign("two", "first");
    expect(await leaders.lead("two", "second", 50)).toBe(true);
    await vi.waitUntil(() => leaders.lead("two", "third", LONG_MS), { timeout: 10_000 });
    expect(await leaders.lead("two", "second", LONG_MS)).toBe(false);
  });
});
