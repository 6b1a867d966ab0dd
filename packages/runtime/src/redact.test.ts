import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { redact, redactText } from "./redact.js";

/** A secret as a canary: wherever it is put, it must not come out. */
const CANARY = "hunter2canary";

const comesOut = (value: unknown): boolean => JSON.stringify(redact(value)).includes(CANARY);

describe("redaction", () => {
  test.each(["authorization", "Authorization", "x-api-key", "apiKey", "password", "db_password", "clientSecret", "token", "accessToken", "Set-Cookie", "cookie", "privateKey"])(
    "knows a secret by the name %s, at any depth",
    (name) => {
      expect(comesOut({ a: [{ b: { [name]: CANARY } }] })).toBe(false);
      expect(comesOut({ [name]: { nested: [CANARY] } })).toBe(false);
      expect(comesOut(new Map([[name, CANARY]]))).toBe(false);
      expect(comesOut(["accept", "*/*", name, CANARY])).toBe(false);
    },
  );

  test.each([
    `lvn_tenant_k1x9_${CANARY}`,
    `the key lvn_operator_ab-12_${CANARY}-_x was refused`,
    `postgres://levain:${CANARY}@db.internal:5432/levain`,
    `redis://:${CANARY}@cache:6379`,
    `signed with whsec_c2Vj/mV0+${CANARY}=`,
    `connect to postgres://u:p@ss${CANARY}@host/db failed`,
    `https://${CANARY}@till.example/sales`,
    `GET https://till.example/sales?from=2026-01-01&access_token=${CANARY}&to=2026-02-01`,
    `Authorization: Bearer ${CANARY}`,
    `sent Basic ${CANARY}==`,
    `x-api-key: ${CANARY}`,
    `{"user":"a","password":"${CANARY}\\" and more"}`,
  ])("knows a secret by its shape: %s", (text) => {
    expect(redactText(text)).not.toContain(CANARY);
    expect(comesOut({ message: text })).toBe(false);
    expect(comesOut([new Error(text)])).toBe(false);
    expect(comesOut({ [text]: 1 })).toBe(false);
  });

  test("keeps what is no secret", () => {
    const fields = { runId: "6f1c", keyId: "k1x9", productId: "croissant", wape: 0.21, at: "2026-05-01T04:15:00Z", address: "http://till.example:8080/products?cursor=abc", email: "a@b.example" };
    expect(redact(fields)).toEqual(fields);
    expect(redact({ tokens: 12, hasPassword: true, token: null })).toEqual({ tokens: 12, hasPassword: true, token: null });
    expect(redactText("expected string at token 3, see user@host")).toBe("expected string at token 3, see user@host");
  });

  test("follows an error into its causes and companions", () => {
    const deep = new Error(`password is in postgres://u:${CANARY}@db/x`);
    const error = new AggregateError([new Error(`Bearer ${CANARY}`)], "all failed", { cause: new Error("outer", { cause: deep }) });
    expect(comesOut(error)).toBe(false);
    expect(redact(error)).toMatchObject({
      name: "AggregateError",
      message: "all failed",
      cause: { message: "outer", cause: { message: "password is in postgres://[redacted]@db/x" } },
      errors: [{ message: "Bearer [redacted]" }],
    });
  });

  test("shows of an HTTP client's error the words and not the request that hangs on it", () => {
    class Options {
      headers = { authorization: CANARY };
      url = new URL(`https://u:${CANARY}@till.example/`);
    }
    const error = Object.assign(new Error("Request failed"), {
      code: "ETIMEDOUT",
      options: new Options(),
      response: { statusCode: 500, rawHeaders: ["Set-Cookie", CANARY], request: { options: { headers: { "x-api-key": CANARY, accept: "*/*" } } } },
    });
    expect(comesOut(error)).toBe(false);
    expect(redact(error)).toMatchObject({ code: "ETIMEDOUT", options: "[Options]", response: { statusCode: 500, request: { options: { headers: { accept: "*/*" } } } } });
  });

  test("ends, whatever it is given", () => {
    const circle: Record<string, unknown> = { name: "circle" };
    circle["self"] = circle;
    expect(redact(circle)).toEqual({ name: "circle", self: "[circular]" });
    const deep = Array.from({ length: 1_000 }).reduce<unknown>((inner) => ({ inner }), "end");
    expect(JSON.stringify(redact(deep)).length).toBeLessThan(500);
    expect((redact(Array.from({ length: 10_000 }, () => 1)) as unknown[]).length).toBe(101);
    const broken = { get trap(): string { throw new Error("no"); }, big: 1n, when: new Date(Number.NaN), call: () => 1 };
    expect(redact(broken)).toEqual({ trap: "[unreadable]", big: "1", when: "Invalid Date", call: "[function]" });
  });

  test("of any data is JSON, and the same when done twice", () => {
    fc.assert(
      fc.property(fc.anything({ withDate: true, withMap: true, withSet: true, withTypedArray: true, withNullPrototype: true, withBigInt: true }), (value) => {
        const once = redact(value);
        expect(redact(once)).toEqual(once);
        JSON.stringify(once);
      }),
    );
  });
});
