import { DISPOSITIONS, Failure, type FailureCode } from "@levain/contracts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PACES, type Situation, fateOf } from "./retry.js";

const situation = (changes: Partial<Situation> = {}): Situation => ({ attempt: 1, ...PACES["train-product"], isStopping: false, random: 0.5, ...changes });
const failure = (code: FailureCode, retryAfterMs?: number) => new Failure(code, "x", {}, retryAfterMs === undefined ? {} : { retryAfterMs });

describe("the fate of a job", () => {
  test("follows the disposition of every failure", () => {
    for (const [code, disposition] of Object.entries(DISPOSITIONS)) {
      const kind = { retry: "retried", defer: "deferred", fail: "failed" }[disposition];
      expect(fateOf(failure(code as FailureCode), situation()).kind, code).toBe(kind);
    }
  });

  test("is to fail when a retry has no attempt left", () => {
    expect(fateOf(failure("artifact.unavailable"), situation({ attempt: 3 }))).toMatchObject({ kind: "retried", attemptsLeft: 1 });
    expect(fateOf(failure("artifact.unavailable"), situation({ attempt: 4 }))).toEqual({ kind: "failed" });
  });

  test("is to be put back only by a process that goes away", () => {
    expect(fateOf(failure("process.stopping"), situation({ isStopping: true }))).toEqual({ kind: "put-back" });
    expect(fateOf(failure("process.stopping"), situation()).kind).toBe("deferred");
    expect(fateOf(failure("lease.held"), situation({ isStopping: true })).kind).toBe("deferred");
  });

  test("doubles the delay with each attempt, at least half of it certain", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (attempt, random) => {
        const fate = fateOf(failure("artifact.unavailable"), situation({ attempt, random }));
        const longest = 2_000 * 2 ** (attempt - 1);
        expect(fate.kind === "retried" && fate.delayMs >= longest / 2 && fate.delayMs <= longest).toBe(true);
      }),
    );
  });

  test("is to wait for as long as the other side asks, where that is longer, within a day", () => {
    const retried = (retryAfterMs: number) => fateOf(failure("webhook.unavailable", retryAfterMs), situation());
    expect(retried(1)).toMatchObject({ kind: "retried", delayMs: 1_500 });
    expect(retried(3_600_000)).toMatchObject({ kind: "retried", delayMs: 3_600_000 });
    expect(retried(10 ** 12)).toMatchObject({ kind: "retried", delayMs: 86_400_000 });
  });

  test("of what is told is to be tried over most of a day, in pauses that grow", () => {
    const { attemptsMax } = PACES["deliver-webhook"];
    const pausesMs = (random: number): number[] =>
      Array.from({ length: attemptsMax - 1 }, (_, index) => {
        const fate = fateOf(failure("webhook.unavailable"), situation({ ...PACES["deliver-webhook"], attempt: index + 1, random }));
        return fate.kind === "retried" ? fate.delayMs : Number.NaN;
      });
    for (const [random, hours] of [[0, 11.4], [1, 22.8]] as const) {
      const pauses = pausesMs(random);
      expect(pauses).toEqual(pauses.toSorted((a, b) => a - b));
      expect(pauses.reduce((sum, ms) => sum + ms, 0) / 3_600_000).toBeCloseTo(hours, 1);
    }
  });

  test("defers for as long as the other side asks, never less, within a quarter of an hour", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 9 }), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (retryAfterMs, random) => {
        const fate = fateOf(failure("source.rate-limited", retryAfterMs), situation({ random }));
        const asked = Math.min(retryAfterMs, 15 * 60_000);
        expect(fate.kind === "deferred" && fate.delayMs >= asked && fate.delayMs <= Math.ceil(asked * 1.25)).toBe(true);
      }),
    );
  });
});
