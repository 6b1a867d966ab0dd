import { Failure } from "@levain/contracts";
import { expect, test, vi } from "vitest";
import { watchVitals } from "./vitals.js";

test("a worker dies once of the first vital that fails, and not of a Redis that is away", async () => {
  const died: [string, unknown][] = [];
  let looks = 0;
  const wedged = new Error("9 jobs of train-product wait, but none was taken for 60 s");
  const watch = watchVitals(
    {
      away: async () => {
        looks += 1;
        throw new Failure("redis.unavailable", "expected Redis to answer");
      },
      trainings: async () => {
        if (looks >= 3) throw wedged;
      },
    },
    (vital, error) => void died.push([vital, error]),
    5,
  );
  await vi.waitUntil(() => died.length > 0, { timeout: 10_000 });
  expect(died).toEqual([["trainings", wedged]]);
  expect(looks).toBe(3);
  watch.stop();
});

test("a worker that stops is watched no longer", async () => {
  vi.useFakeTimers();
  let looks = 0;
  const vital = async (): Promise<void> => void (looks += 1);
  const watch = watchVitals({ vital }, () => undefined, 5);
  await vi.advanceTimersByTimeAsync(21);
  expect(looks).toBe(4);
  watch.stop();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(looks).toBe(4);
  vi.useRealTimers();
});
