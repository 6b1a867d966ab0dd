import { describe, expect, it } from "vitest";
import { asFailure, DISPOSITIONS, Failure, FailureCodeName } from "./index.js";

describe("the table of failures", () => {
  it("gives every code one of three dispositions, and is the only list of codes", () => {
    expect(new Set(Object.values(DISPOSITIONS))).toEqual(new Set(["retry", "defer", "fail"]));
    expect(FailureCodeName.options).toEqual(Object.keys(DISPOSITIONS));
    expect(FailureCodeName.safeParse("source.sleepy").success).toBe(false);
  });

  it("defers what passes by itself, and never repeats what would fail again", () => {
    for (const code of ["source.breaker-open", "source.rate-limited", "lease.held", "process.stopping", "db.unavailable", "redis.unavailable"] as const) expect(new Failure(code, "").disposition).toBe("defer");
    for (const code of ["source.malformed", "source.rejected", "job.malformed", "stale-fence", "fit.not-finite", "fit.timed-out", "fit.out-of-memory", "worker.vanished", "run.too-large", "cancelled"] as const) {
      expect(new Failure(code, "").disposition).toBe("fail");
    }
  });
});

describe("a failure", () => {
  it("carries its facts, its cause and when to come again", () => {
    const cause = new Error("ECONNRESET");
    const failure = new Failure("source.rate-limited", "expected an answer, got 429", { status: 429 }, { cause, retryAfterMs: 2_000 });
    expect(failure).toMatchObject({ name: "Failure", code: "source.rate-limited", facts: { status: 429 }, retryAfterMs: 2_000, cause });
    expect(new Failure("cancelled", "")).not.toHaveProperty("cause");
  });

  it("stays itself when it is thrown through others", () => {
    const failure = new Failure("db.unavailable", "");
    expect(asFailure(failure)).toBe(failure);
  });

  it("made of anything else is our own bug: unexpected, retried, with what was thrown as its cause", () => {
    const bug = new TypeError("y is undefined");
    expect(asFailure(bug)).toMatchObject({ code: "unexpected", disposition: "retry", message: "y is undefined", cause: bug });
    expect(asFailure("just a string")).toMatchObject({ code: "unexpected", message: "just a string" });
  });
});
