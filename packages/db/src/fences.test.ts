import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { TenantDb } from "./open.js";
import { acceptedRun, contextOf, openSampleBakery, productsOf, skipped, trained, type SampleBakery } from "./sample-bakery.js";

let world: SampleBakery;
beforeAll(async () => {
  world = await openSampleBakery(inject("postgresUrl"));
});
afterAll(() => world.close());

const PRODUCTS = productsOf(2);

/** What a worker may do at any moment with any claim it ever got, whether it slept in between or not. */
type Step =
  | { readonly kind: "claim"; readonly product: number }
  | { readonly kind: "defer"; readonly claim: number }
  | { readonly kind: "end"; readonly claim: number; readonly end: "trained" | "skipped" | "failed" }
  | { readonly kind: "cancel" };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant("claim" as const), product: fc.nat(PRODUCTS.length - 1) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("defer" as const), claim: fc.nat(8) }) },
    { weight: 5, arbitrary: fc.record({ kind: fc.constant("end" as const), claim: fc.nat(8), end: fc.constantFrom("trained" as const, "skipped" as const, "failed" as const) }) },
    { weight: 1, arbitrary: fc.constant({ kind: "cancel" as const }) },
  ),
  { maxLength: 30 },
);

/** What must be true, kept without a database. */
type Expected = { readonly productId: string; attempt: number; end: "trained" | "skipped" | "failed" | "cancelled" | null };

/** Walks one run through the steps and holds every answer against what must be true. */
async function walk(bakery: TenantDb, walked: readonly Step[]): Promise<void> {
  const runId = await acceptedRun(bakery);
  const { fence } = await bakery.startRun(runId, contextOf(), PRODUCTS, []);
  const products: readonly Expected[] = PRODUCTS.map(({ id }) => ({ productId: id, attempt: 0, end: null }));
  const claims: { readonly product: Expected; readonly attempt: number }[] = [];
  const isOpen = (): boolean => products.some(({ end }) => end === null);

  const take = async (product: Expected): Promise<void> => {
    const claim = await bakery.claim(runId, product.productId, "worker");
    if (product.end !== null) return expect(claim).toBeNull();
    product.attempt += 1;
    expect(claim).toMatchObject({ attempt: product.attempt, fence });
    claims.push({ product, attempt: product.attempt });
  };
  const end = async (product: Expected, attempt: number, status: "trained" | "skipped" | "failed"): Promise<void> => {
    const write =
      status === "failed"
        ? bakery.fail(runId, product.productId, attempt, fence, "fit.timed-out", "too slow")
        : bakery.commit(runId, product.productId, attempt, fence, status === "trained" ? trained() : skipped);
    const isNewest = product.attempt === attempt;
    const isRepeat = isNewest && product.end === status;
    if (!isRepeat && !(isNewest && product.end === null)) return expect(write).rejects.toMatchObject({ code: "stale-fence" });
    const { runEnded } = await write;
    if (isRepeat) return;
    product.end = status;
    expect(runEnded).toBe(!isOpen());
  };

  for (const step of walked) {
    if (step.kind === "cancel") {
      expect(await bakery.cancelRun(runId)).toBe(isOpen());
      for (const product of products) product.end ??= "cancelled";
    } else if (step.kind === "claim") {
      const product = products[step.product];
      if (product) await take(product);
    } else {
      const claim = claims[step.claim];
      if (!claim) continue;
      const { product, attempt } = claim;
      if (step.kind === "end") await end(product, attempt, step.end);
      else expect(await bakery.defer(runId, product.productId, attempt, "source.timeout")).toBe(product.end === null && product.attempt === attempt);
    }
  }

  const { items } = await bakery.productTrainings(runId, { limit: 10 });
  for (const { productId, attempt, end } of products) {
    const shown = items.find((item) => item.productId === productId);
    expect(shown).toMatchObject({ attempts: attempt, status: end ?? expect.stringMatching(/^(queued|running|deferred)$/) });
  }
  await bakery.cancelRun(runId);
}

describe("the two fences", () => {
  test("let only the newest attempt of an open run write, in whatever order workers wake", () =>
    fc.assert(
      fc.asyncProperty(steps, (walked) => walk(world.bakery, walked)),
      { numRuns: 40 },
    ));
});
