/**
 * A run's news for one watcher. The stream in Redis is how news travels, and it may expire or miss an event; Postgres is
 * the truth. So whenever the stream is silent Postgres is asked whether the run has ended, and a `run.finished` that
 * never came is told from there.
 */
import type { NumberedEvent, RunView } from "@levain/contracts";
import type { ProducerDeps } from "./deps.js";

export type NewsDeps = Pick<ProducerDeps, "follow" | "findRun"> & { readonly heartbeatMs: number };

/** Milliseconds. A run that has ended brings no more news than the stream already holds, but its last event may be on its way. */
const LAST_NEWS_WITHIN_MS = 1_000;

/** The id of an event that Redis does not have; whoever resumes after it begins with the first. */
const UNNUMBERED = "0-0";

/** The events after `afterId`, ending after `run.finished`; null is a heartbeat. Ends when the signal is aborted, which whoever watches does in the end. */
export async function* runNews(run: RunView, afterId: string | null, deps: NewsDeps, signal: AbortSignal): AsyncGenerator<NumberedEvent | null> {
  const events = deps.follow(run.id, afterId, signal)[Symbol.asyncIterator]();
  let lastId = afterId ?? UNNUMBERED;
  let current = run;
  const ask = (): ReturnType<typeof events.next> => {
    const asked = events.next();
    // When nobody waits for it any more, its failure is nobody's.
    asked.catch(() => undefined);
    return asked;
  };
  let next = ask();
  while (!signal.aborted) {
    const hasEnded = current.finishedAt !== null;
    const news = await orSilence(next, hasEnded ? LAST_NEWS_WITHIN_MS : deps.heartbeatMs, signal);
    if (news === SILENCE) {
      if (hasEnded) return yield { id: lastId, event: finished(current) };
      current = (await deps.findRun(run.tenantId, run.id)) ?? current;
      if (current.finishedAt === null) yield null;
    } else {
      if (news.done) return;
      lastId = news.value.id;
      yield news.value;
      if (news.value.event.type === "run.finished") return;
      next = ask();
    }
  }
}

const SILENCE = Symbol("silence");

async function orSilence<T>(next: Promise<T>, withinMs: number, signal: AbortSignal): Promise<T | typeof SILENCE> {
  let timer: NodeJS.Timeout | undefined;
  let wake = (): void => undefined;
  const silence = new Promise<typeof SILENCE>((resolve) => {
    wake = () => resolve(SILENCE);
    timer = setTimeout(wake, withinMs);
    signal.addEventListener("abort", wake, { once: true });
  });
  try {
    return await Promise.race([next, silence]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", wake);
  }
}

const finished = (run: RunView): NumberedEvent["event"] => ({
  type: "run.finished",
  runId: run.id,
  at: run.finishedAt ?? run.acceptedAt,
  status: run.status,
  totals: run.totals,
});
