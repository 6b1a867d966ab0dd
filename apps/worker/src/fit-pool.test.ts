import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { TuneRequest } from "@levain/training";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openFitPool, type FitPool } from "./fit-pool.js";

/** A thread that does what it is asked by the seed, where the engine would compute. */
const THREAD = `
export function tuneInThread({ options: { seed } }) {
  if (seed === 1) { const kept = []; for (;;) kept.push(Array.from({ length: 100_000 }, (_, i) => ({ i }))); }
  if (seed === 2) for (;;);
  if (seed === 3) process.exit(9);
  return { seed };
}
export const fitInThread = tuneInThread;
`;

const request = (seed: number): TuneRequest => ({ options: { seed } }) as unknown as TuneRequest;
const never = new AbortController().signal;

describe("a fit thread", () => {
  let folder: string;
  let pool: FitPool;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "levain-threads-"));
    const file = join(folder, "thread.mjs");
    await writeFile(file, THREAD);
    pool = openFitPool({ threads: 2, timeoutMs: 20_000, heapMb: 64, threadFile: pathToFileURL(file) });
  });
  afterAll(async () => {
    await pool.close();
    await rm(folder, { recursive: true, force: true });
  });

  test("that wants more memory than it may have is ended, and the product training with it; the next one finds a new thread", async () => {
    await expect(pool.tune(request(1), never)).rejects.toMatchObject({ code: "fit.out-of-memory", disposition: "fail", message: "expected tuneInThread to do with 64 MB" });
    await expect(Promise.all([4, 5, 6].map((seed) => pool.tune(request(seed), never)))).resolves.toEqual([{ seed: 4 }, { seed: 5 }, { seed: 6 }]);
  });

  test("that never ends is ended, while the other one goes on", async () => {
    const hasty = openFitPool({ threads: 2, timeoutMs: 4_000, heapMb: 64, threadFile: pathToFileURL(join(folder, "thread.mjs")) });
    const endless = hasty.tune(request(2), never).catch((failure: unknown) => failure);
    await expect(hasty.tune(request(7), never)).resolves.toEqual({ seed: 7 });
    expect(await endless).toMatchObject({ code: "fit.timed-out" });
    await expect(Promise.all([8, 9].map((seed) => hasty.tune(request(seed), never)))).resolves.toEqual([{ seed: 8 }, { seed: 9 }]);
    await hasty.close();
  });

  test("that ends by itself fails its product training, not the process", async () => {
    await expect(pool.tune(request(3), never)).rejects.toBeInstanceOf(Error);
    await expect(pool.tune(request(10), never)).resolves.toEqual({ seed: 10 });
  });
});
