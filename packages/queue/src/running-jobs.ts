/** The jobs that a consumer has in hand, each with the signal that takes it out of the handler's. */
import { LockLost } from "./one-job.js";

export type RunningJobs = {
  count(): number;
  begin(jobId: string): AbortSignal;
  end(jobId: string, signal: AbortSignal): void;
  /** The queue gave these to other workers. */
  lose(jobIds: readonly string[]): void;
  abortAll(reason: Error): void;
  /** Resolves when none is left. */
  idle(): Promise<void>;
};

export function createRunningJobs(): RunningJobs {
  const running = new Map<string, AbortController>();
  const waiting: (() => void)[] = [];
  const lose = (jobIds: readonly string[]): void => {
    for (const jobId of jobIds) running.get(jobId)?.abort(new LockLost());
  };
  return {
    count: () => running.size,
    begin: (jobId) => {
      // A job that comes back to the process which still runs it has lost its lock there.
      lose([jobId]);
      const abort = new AbortController();
      running.set(jobId, abort);
      return abort.signal;
    },
    end: (jobId, signal) => {
      if (running.get(jobId)?.signal === signal) running.delete(jobId);
      if (running.size === 0) for (const resolve of waiting.splice(0)) resolve();
    },
    lose,
    abortAll: (reason) => {
      for (const abort of running.values()) abort.abort(reason);
    },
    idle: () => (running.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  };
}
