import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import type { RunRequest } from "./accept-run.js";
import { claimed, contextOf, CUTOFF, openSampleBakery, productOf, settingsOf, skipped, type SampleBakery } from "./sample-bakery.js";

let world: SampleBakery;
beforeEach(async () => {
  world = await openSampleBakery(inject("postgresUrl"));
});
afterEach(() => world.close());

const requestOf = (overrides: Partial<RunRequest> = {}): RunRequest => ({
  cutoff: CUTOFF,
  trigger: "request",
  requestDigest: "a request",
  deadlineAt: new Date("2026-05-02T06:00:00.000Z"),
  ...overrides,
});

const parallel = <T>(count: number, ask: (index: number) => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: count }, (_, index) => ask(index)));

describe("accepting a run", () => {
  test("lets exactly one of fifty who ask at once through, and tells the others which", async () => {
    const answers = await parallel(50, (index) => world.bakery.acceptRun(requestOf({ requestDigest: `request ${index}`, idempotencyKey: `key ${index}` })));
    const accepted = answers.flatMap((answer) => (answer.kind === "accepted" ? [answer.run.id] : []));
    expect(accepted).toHaveLength(1);
    expect(answers.filter(({ kind }) => kind === "open")).toHaveLength(49);
    for (const answer of answers) if (answer.kind === "open") expect(answer.openRunId).toBe(accepted[0]);
  });

  test("gives fifty repeats of one request the same run", async () => {
    const answers = await parallel(50, () => world.bakery.acceptRun(requestOf({ idempotencyKey: "once" })));
    expect(answers.filter(({ kind }) => kind === "accepted")).toHaveLength(1);
    expect(answers.filter(({ kind }) => kind === "repeated")).toHaveLength(49);
    expect(new Set(answers.map((answer) => "run" in answer && answer.run.id)).size).toBe(1);
  });

  test("repeats the first answer after the run has ended, and after another has begun", async () => {
    const { bakery } = world;
    const first = await bakery.acceptRun(requestOf({ idempotencyKey: "once" }));
    if (first.kind !== "accepted") throw new Error(`expected an accepted run, got ${first.kind}`);
    await bakery.startRun(first.run.id, contextOf(), [productOf(1)], []);
    const { attempt, fence } = await claimed(bakery, first.run.id, productOf(1).id);
    await bakery.commit(first.run.id, productOf(1).id, attempt, fence, skipped);
    expect(await bakery.acceptRun(requestOf({ idempotencyKey: "once" }))).toMatchObject({ kind: "repeated", run: { id: first.run.id, status: "finished" } });

    const second = await bakery.acceptRun(requestOf());
    expect(second.kind).toBe("accepted");
    expect(await bakery.acceptRun(requestOf({ idempotencyKey: "once" }))).toMatchObject({ kind: "repeated", run: { id: first.run.id } });
  });

  test("refuses a key that was used for another request", async () => {
    await world.bakery.acceptRun(requestOf({ idempotencyKey: "once" }));
    expect(await world.bakery.acceptRun(requestOf({ idempotencyKey: "once", requestDigest: "another request" }))).toEqual({ kind: "key-reused" });
  });

  test("of one tenant does not stand in the way of another, nor do their keys", async () => {
    await world.db.tenants.put("other-bakery", settingsOf("Other Bakery"));
    const answers = await Promise.all([
      world.bakery.acceptRun(requestOf({ idempotencyKey: "once" })),
      world.db.forTenant("other-bakery").acceptRun(requestOf({ idempotencyKey: "once", requestDigest: "another request" })),
    ]);
    expect(answers.map(({ kind }) => kind)).toEqual(["accepted", "accepted"]);
  });

  test("keeps what was asked for the worker that will start it", async () => {
    const deadlineAt = new Date("2026-05-02T06:00:00.123Z");
    const answer = await world.bakery.acceptRun(requestOf({ productIds: ["b", "a"], requestId: "request-7", deadlineAt }));
    if (answer.kind !== "accepted") throw new Error(`expected an accepted run, got ${answer.kind}`);
    expect(answer.run).toMatchObject({ status: "accepted", cutoff: CUTOFF, startedAt: null, failure: null, absentSources: [], totals: { products: 0 } });
    expect(await world.db.runs.find(answer.run.id)).toMatchObject({
      status: "accepted",
      fence: null,
      cutoff: CUTOFF,
      requestedProductIds: ["b", "a"],
      requestId: "request-7",
      deadlineAt,
      generation: 1,
      enqueuedAt: null,
    });
  });
});
