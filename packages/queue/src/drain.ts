/**
 * How a worker leaves: it takes no more jobs, waits for the running ones, at the deadline takes them out of their
 * handlers' hands so that they are put back, and parts from Redis. It leaves in any case: what it could not put back
 * waits again when its lock has run out.
 */
import { setTimeout as afterMs } from "node:timers/promises";
import { Failure } from "@levain/contracts";
import type { Worker } from "bullmq";
import { ABORT_GRACE_MS } from "./one-job.js";
import type { RunningJobs } from "./running-jobs.js";

/** Milliseconds to part from Redis once no job runs. Without Redis a worker would wait for it for ever. */
const GOODBYE_MS = 3_000;

export async function drain(worker: Worker<unknown>, running: RunningJobs, deadlineMs: number): Promise<void> {
  const over = new AbortController();
  const pass = (ms: number): Promise<void> => afterMs(ms, undefined, { signal: over.signal });
  const aborted = pass(deadlineMs).then(() => {
    running.abortAll(new Failure("process.stopping", "the process stops before the job could end"));
  });
  const givenUp = Promise.race([running.idle(), aborted.then(() => pass(ABORT_GRACE_MS))]).then(() => pass(GOODBYE_MS));
  await Promise.race([worker.close(), givenUp]);
  over.abort();
}
