import { RunView, type ProgressEvent } from "@levain/contracts";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { ApiProblem } from "@levain/client";
import { openWorld, type World, type WorldTenant } from "./world.js";

describe("one open run per tenant", () => {
  let world: World;
  let first: WorldTenant;
  let second: WorldTenant;

  beforeAll(async () => {
    world = await openWorld({ workers: 2, env: { BREAKER_RESET_MS: "1000" } });
    first = await world.addTenant("simulated-30x400");
    second = await world.addTenant("simulated-31x400");
  });
  afterAll(() => world?.close());

  /** Does something while no product gets any further than to ask for its sales. */
  async function whileHeld<T>(act: () => Promise<T>): Promise<T> {
    await world.addFault({ match: { source: "sales" }, kind: "hold" });
    try {
      return await act();
    } finally {
      await world.clearFaults();
    }
  }
  const isStarted = ({ type }: ProgressEvent): boolean => type === "run.started";
  /** Until those who have been seen with one of the run's products are enough. */
  async function untilTakenBy(tenant: WorldTenant, run: RunView, areEnough: (workers: ReadonlySet<string>) => boolean): Promise<void> {
    const workers = new Set<string>();
    await vi.waitUntil(async () => {
      for (const { claimedBy } of await tenant.trainings(run.id)) if (claimedBy !== null) workers.add(claimedBy);
      return areEnough(workers);
    }, { timeout: 240_000 });
  }

  it("refuses a second run while the first is open, naming it, and accepts one after it has ended", async () => {
    const run = await whileHeld(async () => {
      const open = await first.startRun();
      await first.until(open.id, isStarted);
      const refused = await first.startRun().catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(ApiProblem);
      expect((refused as ApiProblem).problem).toMatchObject({ status: 409, openRunId: open.id });
      return open;
    });
    await first.untilFinished(run.id);
    const next = await first.startRun({ productIds: ["product-0001"] });
    expect((await first.untilFinished(next.id)).totals.products).toBe(1);
  });

  it("repeats the first answer for a repeated Idempotency-Key, and starts nothing", async () => {
    const ask = (key: string): Promise<Response> =>
      fetch(`${world.url}/v1/tenants/${first.id}/training-runs`, {
        method: "POST",
        headers: { authorization: `Bearer ${first.key}`, "content-type": "application/json", "idempotency-key": key },
        body: JSON.stringify({ cutoff: first.lastDay, productIds: ["product-0002"] }),
      });
    const answers = [await ask("once"), await ask("once")];
    expect(answers.map((answer) => answer.status)).toEqual([202, 202]);
    expect(answers[0]?.headers.get("location")).toBe(answers[1]?.headers.get("location"));
    const run = RunView.parse(await answers[0]?.json());
    await first.untilFinished(run.id);
    expect((await ask("once")).headers.get("location")).toBe(answers[0]?.headers.get("location"));
  });

  it("trains two tenants side by side", async () => {
    const runs = await whileHeld(async () => {
      const both = await Promise.all([first.startRun(), second.startRun()]);
      await Promise.all([first.until(both[0].id, isStarted), second.until(both[1].id, isStarted)]);
      return both;
    });
    const ended = await Promise.all([first.untilFinished(runs[0].id), second.untilFinished(runs[1].id)]);
    expect(ended.map((run) => run.status)).toEqual(["finished", "finished"]);
    const [a, b] = ended.map((run) => ({ from: Date.parse(run.startedAt ?? ""), to: Date.parse(run.finishedAt ?? "") })) as [{ from: number; to: number }, { from: number; to: number }];
    expect(Math.max(a.from, b.from)).toBeLessThan(Math.min(a.to, b.to));
  });

  it("trains the products of one run on several workers at the same time", async () => {
    const run = await whileHeld(async () => {
      const started = await second.startRun();
      await untilTakenBy(second, started, (workers) => workers.size === 2);
      return started;
    });
    await second.untilFinished(run.id);
    const trained = (await second.trainings(run.id)).filter((training) => training.status === "trained");
    const spans = trained.map((training) => ({ worker: training.claimedBy, from: Date.parse(training.startedAt ?? ""), to: Date.parse(training.finishedAt ?? "") }));
    expect(new Set(spans.map((span) => span.worker)).size).toBe(2);
    const overlaps = spans.some((one) => spans.some((other) => one.worker !== other.worker && one.from < other.to && other.from < one.to));
    expect(overlaps).toBe(true);
  });

  it("gives a third worker its share as soon as it starts", async () => {
    const third = await world.addWorker();
    const run = await whileHeld(async () => {
      const started = await first.startRun();
      await untilTakenBy(first, started, (workers) => workers.has(third.name));
      return started;
    });
    await first.untilFinished(run.id);
  });

  it("holds the tenant's lease while the run is open and releases it at its end", async () => {
    const { openLeases } = await import("@levain/lease");
    const leases = openLeases({ redisUrl: world.redisUrl, prefix: world.prefix });
    const run = await whileHeld(async () => {
      const started = await first.startRun();
      await first.until(started.id, ({ type }) => type === "product.stage");
      expect(await leases.holder(first.id)).toBe(started.id);
      return started;
    });
    await first.untilFinished(run.id);
    expect(await leases.holder(first.id)).toBeNull();
    await leases.close();
  });

  it("cancels an open run: what has not begun is cancelled and the tenant is free at once", async () => {
    await whileHeld(async () => {
      const run = await first.startRun();
      await first.until(run.id, isStarted);
      const cancelled = await first.api.call("POST", `/v1/tenants/${first.id}/training-runs/${run.id}/cancel`, RunView);
      expect(cancelled).toMatchObject({ status: "cancelled", totals: { cancelled: 30 } });
    });
    const next = await first.startRun({ productIds: ["product-0003"] });
    expect((await first.untilFinished(next.id)).status).toBe("finished");
  });
});
