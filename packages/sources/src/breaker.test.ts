import { Failure, type FailureCode } from "@levain/contracts";
import { describe, expect, test } from "vitest";
import { openBreaker, type Breaker, type BreakerState } from "./breaker.js";
import { FETCH_LIMITS } from "./limits.js";

const limits = { ...FETCH_LIMITS, breakerCallsMin: 3 };

const failing = (breaker: Breaker, code: FailureCode): Promise<Failure> =>
  breaker.run(() => Promise.reject(new Failure(code, code))).then(
    () => expect.fail("expected a failure"),
    (error: Failure) => error,
  );

const fail = async (breaker: Breaker, code: FailureCode, times: number): Promise<void> => {
  for (let call = 0; call < times; call += 1) await failing(breaker, code);
};

/** A breaker and a way to wait for its next change to a state. @param breakerResetMs longer than any test, where none waits for it */
function watchedBreaker(breakerResetMs = 600_000): { breaker: Breaker; became(state: BreakerState): Promise<void> } {
  const waiting = new Map<BreakerState, () => void>();
  const breaker = openBreaker({
    origin: "https://till.example",
    limits: { ...limits, breakerResetMs },
    random: () => 0.5,
    onChange: (_origin, state) => waiting.get(state)?.(),
  });
  return { breaker, became: (state) => new Promise((resolve) => waiting.set(state, resolve)) };
}

async function halfOpenBreaker(): Promise<Breaker> {
  const { breaker, became } = watchedBreaker(20);
  const halfOpen = became("half-open");
  await fail(breaker, "source.unavailable", limits.breakerCallsMin);
  await halfOpen;
  return breaker;
}

describe("a breaker", () => {
  test.each(["source.timeout", "source.unavailable", "source.rate-limited"] as const)("opens on repeated %s and says when it may be asked again", async (code) => {
    const { breaker } = watchedBreaker();
    await fail(breaker, code, limits.breakerCallsMin);
    expect(breaker.state()).toBe("open");
    const refused = await failing(breaker, "unexpected");
    expect(refused.code).toBe("source.breaker-open");
    expect(refused.retryAfterMs).toBeGreaterThan(0);
    breaker.close();
  });

  test("opens on a few faults in a row, however many good answers lie before them", async () => {
    const { breaker } = watchedBreaker();
    for (let call = 0; call < 200; call += 1) await breaker.run(() => Promise.resolve(call));
    await fail(breaker, "source.timeout", limits.breakerCallsMin - 1);
    expect(breaker.state()).toBe("closed");
    await failing(breaker, "source.timeout");
    expect(breaker.state()).toBe("open");
    breaker.close();
  });

  test("forgives faults that an answer comes between", async () => {
    const { breaker } = watchedBreaker();
    for (let call = 0; call < 200; call += 1) await breaker.run(() => Promise.resolve(call));
    for (let round = 0; round < 5; round += 1) {
      await fail(breaker, "source.timeout", limits.breakerCallsMin - 1);
      await failing(breaker, "source.rejected");
    }
    expect(breaker.state()).toBe("closed");
    breaker.close();
  });

  test.each(["source.rejected", "source.malformed", "cancelled", "process.stopping"] as const)("stays closed on repeated %s", async (code) => {
    const { breaker } = watchedBreaker();
    await fail(breaker, code, 4 * limits.breakerCallsMin);
    expect(breaker.state()).toBe("closed");
    breaker.close();
  });

  test("stays closed while fewer calls failed than it needs to judge", async () => {
    const { breaker } = watchedBreaker();
    await fail(breaker, "source.unavailable", limits.breakerCallsMin - 1);
    expect(breaker.state()).toBe("closed");
    breaker.close();
  });

  test("closes when the probe is answered, even by a refusal: the origin is alive", async () => {
    const answered = await halfOpenBreaker();
    await answered.run(() => Promise.resolve("fine"));
    expect(answered.state()).toBe("closed");
    answered.close();

    const refused = await halfOpenBreaker();
    await fail(refused, "source.rejected", 1);
    expect(refused.state()).toBe("closed");
    refused.close();
  });

  test("opens again when the probe fails", async () => {
    const breaker = await halfOpenBreaker();
    await fail(breaker, "source.timeout", 1);
    expect(breaker.state()).toBe("open");
    breaker.close();
  });

  test("does not take a probe that we broke off ourselves for an answer", async () => {
    const breaker = await halfOpenBreaker();
    const failure = await failing(breaker, "process.stopping");
    expect(failure.code).toBe("process.stopping");
    expect(breaker.state()).toBe("open");
    breaker.close();
  });

  test("lets one probe through at a time", async () => {
    const breaker = await halfOpenBreaker();
    let answer = (): void => {};
    const probe = breaker.run(() => new Promise<void>((resolve) => (answer = resolve)));
    expect((await failing(breaker, "unexpected")).code).toBe("source.breaker-open");
    answer();
    await probe;
    expect(breaker.state()).toBe("closed");
    breaker.close();
  });

  test("refuses calls as process.stopping once it is closed for good", async () => {
    const { breaker } = watchedBreaker();
    breaker.close();
    expect((await failing(breaker, "unexpected")).code).toBe("process.stopping");
  });
});
