import type { ProductTrainingView } from "@levain/contracts";
import { describe, expect, test } from "vitest";
import { decisionsOf, resultTable } from "./result-table.js";

const score = { wape: 0.12, mase: 0.9, rmsse: null, bias: 0, pinball: 0.04, coverage80: 0.8, days: 42 };
const training = (changed: Partial<ProductTrainingView>): ProductTrainingView => ({
  productId: "rye",
  productName: "Rye",
  status: "trained",
  attempts: 1,
  demandClass: "high",
  family: "additive",
  score,
  naiveScore: { ...score, wape: 0.2 },
  reason: "asked-for",
  decision: "first model of this product",
  becameChampion: true,
  heldFor: null,
  skipReason: null,
  keptModelId: null,
  failure: null,
  report: null,
  startedAt: null,
  finishedAt: null,
  claimedBy: null,
  durationMs: 1234,
  ...changed,
});

describe("the results of a run", () => {
  test.each([
    [{ reason: "drifted" }, ["drifted", "additive"]],
    [{ status: "unchanged", reason: "no-new-sales", becameChampion: null, decision: null }, ["nothing new sold", "additive (kept)"]],
    [{ becameChampion: false, heldFor: "shop", decision: "held: of the 8 products …" }, ["asked for", "additive (held)"]],
    [{ becameChampion: false, decision: "more than 2 % worse" }, ["additive (rejected)"]],
    [{ status: "skipped", reason: null, skipReason: "no-recent-sales", family: null }, ["skipped: no-recent-sales"]],
  ] satisfies [Partial<ProductTrainingView>, string[]][])("say of each product why it was trained or kept: %j", (changed, words) => {
    for (const word of words) expect(resultTable([training(changed)])).toContain(word);
  });

  test("tell why a new model does not serve, and nothing of those that do", () => {
    expect(decisionsOf([training({}), training({ productName: "Bun", becameChampion: false, decision: "more than 2 % worse" })])).toBe("Bun goes on with its model: more than 2 % worse\n");
  });
});
