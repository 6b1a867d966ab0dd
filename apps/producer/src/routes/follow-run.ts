/**
 * A run's events as they happen, as Server-Sent Events or, asked to upgrade, over a WebSocket. Both begin after the last
 * event that the watcher has seen, end after `run.finished`, and end early when this process stops: the watcher then
 * comes back with its last id.
 */
import { Readable } from "node:stream";
import type { NumberedEvent, RunView } from "@levain/contracts";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { ProducerDeps, ProducerSettings } from "../deps.js";
import { PROBLEMS } from "../problem.js";
import { runNews } from "../run-news.js";
import type { Server } from "../server.js";
import { OfRun, runAt } from "./addresses.js";

const EventId = z
  .string()
  .regex(/^\d{1,20}-\d{1,20}$/, "expected the id of an event, such as 1700000000000-0")
  .optional();
const Query = z.strictObject({ lastEventId: EventId.meta({ description: "As `Last-Event-ID`, for clients that cannot set it" }) });
const Headers = z.object({ "last-event-id": EventId.meta({ description: "Resume after this event" }) });

const EventStream = z.custom<Readable>().meta({ type: "string", description: "Events until the run has ended" });

/** Milliseconds after which a browser that lost the stream comes back. */
const RECONNECT_MS = 1_000;

/** Milliseconds that a watcher has to say goodbye when this process stops. */
const FAREWELL_MS = 1_000;

/** RFC 6455: the server goes away; the stream is complete. */
const GOING_AWAY = 1001;
const COMPLETE = 1000;
const UNEXPECTED = 1011;

declare module "fastify" {
  interface FastifyRequest {
    /** The run to follow, found before the answer begins: an upgrade cannot be refused afterwards. */
    followed: RunView | null;
  }
}

type FollowDeps = Pick<ProducerDeps, "findRun" | "follow" | "log">;

export function followRun(server: Server, deps: FollowDeps, { heartbeatMs }: Pick<ProducerSettings, "heartbeatMs">): void {
  const watchers = new Set<AbortController>();
  server.addHook("preClose", async () => {
    for (const watcher of watchers) watcher.abort();
  });
  const newWatcher = (): AbortController => {
    const watcher = new AbortController();
    watchers.add(watcher);
    watcher.signal.addEventListener("abort", () => watchers.delete(watcher), { once: true });
    return watcher;
  };
  const newsDeps = { ...deps, heartbeatMs };

  server.decorateRequest("followed", null);
  server.route({
    method: "GET",
    url: "/v1/tenants/:tenantId/training-runs/:runId/events",
    config: { access: "tenant" },
    exposeHeadRoute: false,
    schema: {
      operationId: "followRun",
      tags: ["training runs"],
      summary: "Follow a run",
      description:
        "Server-Sent Events: `id` numbers the event, `event` is its type, `data` the event as JSON. Resume with `Last-Event-ID`. " +
        "The same address upgrades to a WebSocket that sends `{ id, event }` as JSON. The stream ends after `run.finished`.",
      params: OfRun,
      querystring: Query,
      headers: Headers,
      response: {
        200: { description: "Events until the run has ended", content: { "text/event-stream": { schema: EventStream } } },
        204: z.undefined().meta({ description: "The run has ended and was told to the end: do not come back" }),
        ...PROBLEMS,
      },
    },
    preHandler: async (request) => {
      request.followed = await runAt(request.params, deps);
    },
    handler: async (request, reply) => {
      const run = followedBy(request);
      const watcher = newWatcher();
      reply.raw.once("close", () => watcher.abort());
      if (reply.raw.destroyed) watcher.abort();
      const lastEventId = request.headers["last-event-id"] ?? request.query.lastEventId ?? null;
      const news = runNews(run, lastEventId, newsDeps, watcher.signal);
      // A browser comes back after the end as well, for as long as there is an answer with a body.
      const first = run.finishedAt !== null && lastEventId !== null ? await news.next() : null;
      if (first?.done) return reply.code(204).send();
      const stream = Readable.from(asServerSentEvents(first, news), { objectMode: false });
      return reply.headers({ "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store", "x-accel-buffering": "no", connection: "close" }).send(stream);
    },
    wsHandler: async (socket, request) => {
      const watcher = newWatcher();
      let isHeard = true;
      socket.once("close", () => watcher.abort());
      socket.on("pong", () => {
        isHeard = true;
      });
      try {
        const { lastEventId } = Query.parse(request.query);
        for await (const news of runNews(followedBy(request), lastEventId ?? null, newsDeps, watcher.signal)) {
          if (news) await sent((done) => socket.send(JSON.stringify(news), done));
          else if (!isHeard) return socket.terminate();
          else {
            isHeard = false;
            socket.ping();
          }
        }
        if (watcher.signal.aborted) setTimeout(() => socket.terminate(), FAREWELL_MS).unref();
        socket.close(watcher.signal.aborted ? GOING_AWAY : COMPLETE);
      } catch (error) {
        deps.log.warn("run not followed", { requestId: request.id, error });
        socket.close(UNEXPECTED);
      } finally {
        watcher.abort();
      }
    },
  });
}

function followedBy({ followed }: Pick<FastifyRequest, "followed">): RunView {
  if (!followed) throw new Error("expected the run to have been found before the answer begins");
  return followed;
}

async function* asServerSentEvents(first: { readonly value: NumberedEvent | null } | null, news: AsyncIterable<NumberedEvent | null>): AsyncGenerator<string> {
  // Something at once, so that the watcher knows that it is connected.
  yield `retry: ${RECONNECT_MS}\n\n`;
  if (first) yield asServerSentEvent(first.value);
  for await (const each of news) yield asServerSentEvent(each);
}

const asServerSentEvent = (news: NumberedEvent | null): string =>
  news ? `id: ${news.id}\nevent: ${news.event.type}\ndata: ${JSON.stringify(news.event)}\n\n` : ": still here\n\n";

/** Waits until the socket has taken the message: a slow watcher slows its own stream, and fills no memory. */
const sent = (send: (done: (error?: Error | null) => void) => void): Promise<void> =>
  new Promise((resolve, reject) => send((error) => (error ? reject(error) : resolve())));
