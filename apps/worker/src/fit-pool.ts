/**
 * The threads that do the arithmetic, so that the event loop stays free to renew locks and report progress. One pool
 * per worker process; a computation that is cancelled or too slow is ended with its thread.
 */
import { setFlagsFromString } from "node:v8";
import { Failure } from "@levain/contracts";
import type { FitAnswer, FitRequest, JudgeAnswer, JudgeRequest, TuneAnswer, TuneRequest } from "@levain/training";
import { Piscina } from "piscina";

export type FitPool = {
  tune(request: TuneRequest, signal: AbortSignal): Promise<TuneAnswer>;
  judge(request: JudgeRequest, signal: AbortSignal): Promise<JudgeAnswer>;
  fit(request: FitRequest, signal: AbortSignal): Promise<FitAnswer>;
  /** Computations waiting for a thread. */
  waiting(): number;
  close(): Promise<void>;
};

export type FitPoolOptions = {
  readonly threads: number;
  readonly timeoutMs: number;
  readonly heapMb: number;
  /** The built `fit-thread.js`, where this file does not run from beside it. */
  readonly threadFile?: URL;
};

/**
 * Percent by which a heap may outgrow what was alive at its last full collection before there is another. Left to itself V8
 * grows a small heap by less than as much again. A full collection also forgets the compiled code of every function that
 * nobody holds at that moment: in the engine, all of those made within others, about ninety, compiled again for the next product.
 */
export const HEAP_GROWTH_PERCENT = 400;

/** What Node says of a thread that it ended at its memory limit; the pool has another one by then. */
const isOutOfMemory = (cause: unknown): boolean => cause instanceof Error && "code" in cause && cause.code === "ERR_WORKER_OUT_OF_MEMORY";

export function openFitPool(options: FitPoolOptions): FitPool {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH_PERCENT}`);
  const pool = new Piscina({
    filename: (options.threadFile ?? new URL("./fit-thread.js", import.meta.url)).href,
    minThreads: options.threads,
    maxThreads: options.threads,
    // A thread needs none of the flags that this process was started with, such as a debugger's port.
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: options.heapMb },
  });
  const compute = async <Answer>(name: string, request: unknown, signal: AbortSignal): Promise<Answer> => {
    const tooSlow = AbortSignal.timeout(options.timeoutMs);
    try {
      return (await pool.run(request, { name, signal: AbortSignal.any([signal, tooSlow]) })) as Answer;
    } catch (cause) {
      if (signal.aborted && signal.reason instanceof Failure) throw signal.reason;
      if (tooSlow.aborted) throw new Failure("fit.timed-out", `expected ${name} to end within ${options.timeoutMs} ms`, { timeoutMs: options.timeoutMs }, { cause });
      if (isOutOfMemory(cause)) throw new Failure("fit.out-of-memory", `expected ${name} to do with ${options.heapMb} MB`, { heapMb: options.heapMb }, { cause });
      // The engine's word for numbers that came out as none.
      if (cause instanceof RangeError) throw new Failure("fit.not-finite", cause.message, {}, { cause });
      throw cause;
    }
  };
  return {
    tune: (request, signal) => compute("tuneInThread", request, signal),
    judge: (request, signal) => compute("judgeInThread", request, signal),
    fit: (request, signal) => compute("fitInThread", request, signal),
    waiting: () => pool.queueSize,
    close: () => pool.destroy(),
  };
}
