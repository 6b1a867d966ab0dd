import { randomUUID } from "node:crypto";
import { ProductId } from "@levain/contracts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parsePayload, startRunJobId, trainProductJobId } from "./jobs.js";
import { tickPattern } from "./nightly.js";

const runId = randomUUID();
const productIds = fc.string({ unit: "binary", minLength: 1, maxLength: 128 }).filter((id) => ProductId.safeParse(id).success);

describe("a job's id", () => {
  test("holds no colon, whatever the till calls its products", () => {
    fc.assert(
      fc.property(productIds, (productId) => {
        expect(trainProductJobId({ version: 1, runId, productId, generation: 1 })).toMatch(/^t_[0-9a-f-]{36}_[0-9a-f]{40}_g1$/);
      }),
    );
  });

  test("differs by product and by generation, and by nothing else", () => {
    const job = { version: 1, runId, productId: "croissant", generation: 1 } as const;
    expect(trainProductJobId({ ...job, requestId: "r1" })).toBe(trainProductJobId(job));
    expect(trainProductJobId({ ...job, generation: 2 })).not.toBe(trainProductJobId(job));
    expect(trainProductJobId({ ...job, productId: "croissants" })).not.toBe(trainProductJobId(job));
    expect(startRunJobId({ version: 1, runId, generation: 3 })).toBe(`s_${runId}_g3`);
  });
});

describe("a job's payload", () => {
  test("is read back as it was written", () => {
    const job = { version: 1, runId, productId: "croissant", generation: 1 };
    expect(parsePayload("train-product", job)).toEqual(job);
    expect(parsePayload("nightly", { version: 1 })).toEqual({ version: 1 });
  });

  test.each([null, "text", {}, { version: 2, runId, generation: 1 }, { version: 1, runId: "../etc", generation: 1 }, { version: 1, runId, generation: 1, tenantId: "corner-bakery" }])(
    "that is no job is refused, saying what was expected: %j",
    (payload) => {
      expect(() => parsePayload("start-run", payload)).toThrow(expect.objectContaining({ code: "job.malformed", message: expect.stringContaining("expected") }));
    },
  );
});

describe("the tick", () => {
  test("comes evenly within the hour", () => {
    expect(tickPattern(15)).toBe("0 */15 * * * *");
    expect(tickPattern(60)).toBe("0 0 * * * *");
    expect(tickPattern(1_440)).toBe("0 0 0 * * *");
    expect([tickPattern(15, 7), tickPattern(60, 59), tickPattern(1_440, 754)]).toEqual(["0 7,22,37,52 * * * *", "0 59 * * * *", "0 34 12 * * *"]);
    for (const offset of [-1, 15, 0.5, Number.NaN]) expect(() => tickPattern(15, offset)).toThrow(RangeError);
    for (const minutes of [0, 7, 61, 1.5, -15, Number.NaN]) expect(() => tickPattern(minutes)).toThrow(RangeError);
  });
});
