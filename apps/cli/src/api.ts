/** The REST producer as the command line uses it: typed answers, and a run's events that survive a lost connection. */
import { Problem, ProgressEvent, type NumberedEvent } from "@levain/contracts";
import { createParser, type EventSourceMessage } from "eventsource-parser";
import type { z } from "zod";

export type Api = {
  call<T>(method: "GET" | "PUT" | "POST", path: string, answer: z.ZodType<T>, body?: unknown): Promise<T>;
  /** Posts a body while it comes into being, no faster than it is taken. */
  upload<T>(path: string, answer: z.ZodType<T>, contentType: string, body: AsyncIterable<Uint8Array>): Promise<T>;
  /** A run's events from the first on, until it has finished. */
  follow(tenantId: string, runId: string, signal?: AbortSignal): AsyncGenerator<NumberedEvent>;
};

/** An answer other than 2xx. */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";
  readonly problem: Problem;

  constructor(problem: Problem) {
    const errors = (problem.errors ?? []).map((error) => `\n  ${error.path}: expected ${error.expected}${error.received === undefined ? "" : `, got ${error.received}`}`);
    super(`${problem.title}${problem.detail ? `: ${problem.detail}` : ""}${errors.join("")}`);
    this.problem = problem;
  }
}

/** Milliseconds before a lost event stream is opened again. */
const RECONNECT_MS = 500;

export function connectApi(url: string, key: string): Api {
  const send = async (method: string, path: string, init: RequestInit = {}): Promise<Response> => {
    const response = await fetch(new URL(path, url), { ...init, method, headers: { authorization: `Bearer ${key}`, ...init.headers } });
    if (response.ok) return response;
    const body: unknown = await response.json().catch(() => null);
    const problem = Problem.safeParse(body);
    throw new ApiProblem(problem.success ? problem.data : { type: "about:blank", title: response.statusText, status: response.status });
  };
  return {
    call: async (method, path, answer, body) => {
      const init = body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
      const response = await send(method, path, init);
      return answer.parse(await response.json());
    },
    upload: async (path, answer, contentType, body) => {
      const response = await send("POST", path, { body: ReadableStream.from(body), duplex: "half", headers: { "content-type": contentType } });
      return answer.parse(await response.json());
    },
    async *follow(tenantId, runId, signal) {
      const path = `/v1/tenants/${tenantId}/training-runs/${runId}/events`;
      let lastEventId = "";
      for (;;) {
        try {
          const headers = lastEventId === "" ? {} : { "last-event-id": lastEventId };
          const response = await send("GET", path, { headers, ...(signal ? { signal } : {}) });
          for await (const message of messagesOf(response)) {
            lastEventId = message.id ?? lastEventId;
            const event = ProgressEvent.parse(JSON.parse(message.data));
            yield { id: lastEventId, event };
            if (event.type === "run.finished") return;
          }
        } catch (error) {
          if (error instanceof ApiProblem || signal?.aborted) throw error;
        }
        await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
      }
    },
  };
}

async function* messagesOf(response: Response): AsyncGenerator<EventSourceMessage> {
  const received: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (message) => received.push(message) });
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    parser.feed(decoder.decode(chunk as Uint8Array, { stream: true }));
    yield* received.splice(0);
  }
}
