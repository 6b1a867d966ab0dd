import { asFailure, Failure } from "@levain/contracts";
import { expect, test } from "vitest";
import { toldOf } from "./told.js";

test("what is told of a failure · is its message without the secrets in it", () => {
  const failure = new Failure("db.unavailable", "PostgreSQL could not answer: postgres://levain:hunter2@db/levain refused lvn_0123456789abcdef_hunter2");
  expect(toldOf(failure)).toBe("PostgreSQL could not answer: postgres://[redacted]@db/levain refused lvn_[redacted]");
});

test("what is told of a failure · that nobody foresaw is none of its words", () => {
  expect(toldOf(asFailure(new TypeError("cannot read hunter2 of undefined")))).not.toContain("hunter2");
});
