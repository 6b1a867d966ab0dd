/** The threads of a back-test: one per core, since nothing else runs beside it. */
import type { FitAnswer, FitRequest, TuneAnswer, TuneRequest } from "@levain/training";
import type { Quantiles } from "@levain/forecast";
import { Piscina } from "piscina";
import type { compareInThread, CompareRequest, fitInThread, SimpleName, tuneInThread } from "./backtest-thread.js";

export type BacktestPool = {
  tune(request: TuneRequest, signal: AbortSignal): Promise<TuneAnswer>;
  fit(request: FitRequest, signal: AbortSignal): Promise<FitAnswer>;
  compare(request: CompareRequest, signal: AbortSignal): Promise<Record<SimpleName, Quantiles>>;
  close(): Promise<void>;
};

type ThreadFunctions = { tuneInThread: typeof tuneInThread; fitInThread: typeof fitInThread; compareInThread: typeof compareInThread };

export function openBacktestPool(threads: number): BacktestPool {
  const pool = new Piscina({ filename: new URL("./backtest-thread.js", import.meta.url).href, minThreads: threads, maxThreads: threads });
  const compute = async <Name extends keyof ThreadFunctions>(name: Name, request: Parameters<ThreadFunctions[Name]>[0], signal: AbortSignal): Promise<ReturnType<ThreadFunctions[Name]>> =>
    (await pool.run(request, { name, signal })) as ReturnType<ThreadFunctions[Name]>;
  return {
    tune: (request, signal) => compute("tuneInThread", request, signal),
    fit: (request, signal) => compute("fitInThread", request, signal),
    compare: (request, signal) => compute("compareInThread", request, signal),
    close: () => pool.destroy(),
  };
}
