/** The arithmetic runs in threads, which a worker can end. */
import { Failure } from "@levain/contracts";
import type { TuneRequest } from "@levain/training";
import { afterAll, describe, expect, it } from "vitest";
import { openFitPool } from "../apps/worker/src/fit-pool.js";

const threadFile = new URL("../apps/worker/dist/fit-thread.js", import.meta.url);

const request = (trials: number): TuneRequest => ({
  series: { start: 19_000, y: Float64Array.from({ length: 730 }, (_, i) => 40 + 10 * Math.sin(i / 9) + (i % 7)) },
  drivers: { regressors: [], specialDays: [] },
  options: { demandClass: "high", trials, plan: { folds: 3, stepDays: 14, horizonDays: 14 }, seed: 1 },
});

describe("the fit pool", () => {
  const pool = openFitPool({ threads: 1, timeoutMs: 60_000, heapMb: 256, threadFile });
  afterAll(() => pool.close());

  it("leaves the event loop free while a thread computes", async () => {
    let isDone = false;
    const tuning = pool.tune(request(30), new AbortController().signal).finally(() => (isDone = true));
    let turns = 0;
    while (!isDone) {
      await new Promise((resolve) => setImmediate(resolve));
      turns += 1;
    }
    const { tuned, computeMs } = await tuning;
    expect(tuned.trials).toBe(30);
    expect(computeMs).toBeGreaterThan(0);
    expect(turns).toBeGreaterThan(100);
  });

  it("ends a computation that its job no longer wants, with the job's own reason, and goes on with the next", async () => {
    const abort = new AbortController();
    const unwanted = pool.tune(request(500), abort.signal);
    abort.abort(new Failure("process.stopping", "the worker stops"));
    await expect(unwanted).rejects.toMatchObject({ code: "process.stopping" });
    await expect(pool.tune(request(3), new AbortController().signal)).resolves.toMatchObject({ tuned: { trials: 3 } });
  });

  it("ends a computation that takes too long as fit.timed-out", async () => {
    const hasty = openFitPool({ threads: 1, timeoutMs: 5, heapMb: 256, threadFile });
    await expect(hasty.tune(request(500), new AbortController().signal)).rejects.toMatchObject({ code: "fit.timed-out", disposition: "fail" });
    await hasty.close();
  });
});
