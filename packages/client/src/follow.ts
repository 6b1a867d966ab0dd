/** A run's events over Server-Sent Events, through lost connections. */
import { ProgressEvent, type NumberedEvent } from "@levain/contracts";
import { createParser, type EventSourceMessage } from "eventsource-parser";
import { ApiProblem } from "./problem.js";

/** Milliseconds before a lost event stream is opened again. */
const RECONNECT_MS = 500;

/**
 * The events in their order, each once, until the run has finished. A connection that is lost is opened again after the
 * last event that came. @param open the stream after an event; null where there is nothing more to tell
 * @throws ApiProblem, or why the signal was aborted
 */
export async function* followEvents(open: (lastEventId: string | null) => Promise<AsyncIterable<Uint8Array> | null>, signal?: AbortSignal): AsyncGenerator<NumberedEvent> {
  let lastEventId: string | null = null;
  for (;;) {
    try {
      const stream = await open(lastEventId);
      if (stream === null) return;
      for await (const message of messagesOf(stream)) {
        lastEventId = message.id ?? lastEventId;
        const event = ProgressEvent.parse(JSON.parse(message.data));
        yield { id: lastEventId ?? "", event };
        if (event.type === "run.finished") return;
      }
    } catch (error) {
      if (error instanceof ApiProblem || signal?.aborted) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
  }
}

async function* messagesOf(stream: AsyncIterable<Uint8Array>): AsyncGenerator<EventSourceMessage> {
  const received: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (message) => received.push(message) });
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    yield* received.splice(0);
  }
}
