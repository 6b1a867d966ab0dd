/**
 * The news of a run: a Redis stream per run, whose ids number the events, and a bell that is rung after them.
 *
 * A follower never takes news from the bell, only from the stream, each time from after the last event it has seen:
 * so nothing is missed or doubled where replay ends and live begins, and a bell that was lost (a reconnection, a
 * restart of Redis) only delays. The stream is bounded and expires; Postgres keeps what became of the run.
 */
import { setTimeout as pause } from "node:timers/promises";
import { type NumberedEvent, ProgressEvent, type RunId } from "@levain/contracts";
import { openBells } from "./bells.js";
import { createNewsWriter } from "./news-writer.js";
import { answered, shareRedis } from "./redis.js";

export type Progress = {
  /** Appends an event, that of a step a moment later; its number. @throws Failure redis.unavailable */
  publish(event: ProgressEvent): Promise<string>;
  /**
   * The events after the given one (null: from the first), then the live ones; ends after `run.finished`, or quietly
   * when the signal is aborted. A stream that is unknown or expired has no past: it waits for live events.
   * @throws RangeError for an afterId that is no event's number
   */
  follow(runId: RunId, afterId: string | null, signal: AbortSignal): AsyncIterable<NumberedEvent>;
  close(): Promise<void>;
};

export type ProgressOptions = {
  readonly redisUrl: string;
  readonly prefix?: string;
  readonly onError?: (error: Error) => void;
};

/** Events read in one round trip. */
const PAGE = 500;

/** Milliseconds from one reading of a follower to the next, at least: a busy run rings far more often than anybody looks. */
const READ_EVERY_MS = 100;

/** Whether a text can be the number of an event, as a client hands it back: two 64-bit numbers. */
export const isEventId = (text: string): boolean =>
  /^\d{1,20}-\d{1,20}$/.test(text) && text.split("-").every((part) => BigInt(part) < 2n ** 64n);

export function openProgress({ redisUrl, prefix = "{levain}", onError = () => undefined }: ProgressOptions): Progress {
  const { redis, release } = shareRedis(redisUrl, onError);
  const bells = openBells(redis, onError);
  const streamOf = (runId: RunId): string => `${prefix}:events:${runId}`;
  const bellOf = (runId: RunId): string => `${prefix}:bell:${runId}`;
  const writer = createNewsWriter(redis, { streamOf, bellOf });

  async function* follow(runId: RunId, afterId: string | null, signal: AbortSignal): AsyncGenerator<NumberedEvent> {
    if (afterId !== null && !isEventId(afterId)) throw new RangeError(`expected an event's number such as 1700000000000-0; got ${afterId}`);
    const stream = streamOf(runId);
    const bell = await bells.listen(bellOf(runId), signal);
    try {
      if (afterId !== null && (await hasFinished(stream, afterId))) return;
      let seen = afterId;
      while (bell.isOpen()) {
        const rung = bell.next();
        const readAt = performance.now();
        const page = await readAfter(stream, seen);
        for (const { id, event } of page) {
          seen = id;
          if (!event) continue;
          yield { id, event };
          if (event.type === "run.finished" || !bell.isOpen()) return;
        }
        if (page.length === PAGE) continue;
        await rung;
        // Whoever leaves in the meantime leaves at once.
        await pause(READ_EVERY_MS - (performance.now() - readAt), undefined, { signal }).catch(() => undefined);
      }
    } finally {
      bell.close();
    }
  }

  /** A client that comes back after the last event has nothing to wait for. */
  const hasFinished = async (stream: string, id: string): Promise<boolean> => {
    const [last] = await answered(redis, () => redis.xrange(stream, id, id));
    return last !== undefined && parse(last).event?.type === "run.finished";
  };

  /** The next events; none while Redis is away, which the bell rings in again. */
  const readAfter = async (stream: string, seen: string | null): Promise<Entry[]> => {
    try {
      return (await answered(redis, () => redis.xrange(stream, seen === null ? "-" : `(${seen}`, "+", "COUNT", PAGE))).map(parse);
    } catch (error) {
      onError(error instanceof Error ? error : new Error(String(error)));
      return [];
    }
  };

  return {
    publish: writer.publish,
    follow,
    close: async () => {
      await writer.flush();
      await bells.close();
      release();
    },
  };
}

type Entry = { readonly id: string; readonly event: ProgressEvent | null };

/** An entry as it should be; one of another version counts as seen and is passed over. */
function parse([id, fields]: [string, string[]]): Entry {
  try {
    return { id, event: ProgressEvent.parse(JSON.parse(fields[1] ?? "")) };
  } catch {
    return { id, event: null };
  }
}
