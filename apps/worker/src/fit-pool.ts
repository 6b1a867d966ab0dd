/**
 * The threads that do the arithmetic, so that the event loop stays free to renew locks and report progress. One pool
 * per worker process; a computation that is cancelled or too slow is ended with its thread.
 */
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

/** What Node says of a thread that it ended at its memory limit; the pool has another one by then. */
const isOutOfMemory = (cause: unknown): boolean => cause instanceof Error && "code" in cause && cause.code === "ERR_WORKER_OUT_OF_MEMORY";

export function openFitPool(options: FitPoolOptions): FitPool {
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
