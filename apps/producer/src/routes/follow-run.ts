/**
 * A run's events as they happen, as Server-Sent Events or, asked to upgrade, over a WebSocket. Both begin after the last
 * event that the watcher has seen, end after `run.finished`, and end early when this process stops: the watcher then
 * comes back with its last id.
 */
import { Readable } from "node:stream";
import type { RunView } from "@levain/contracts";
import { isEventId } from "@levain/queue";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { ProducerDeps } from "../deps.js";
import { asServerSentEvents, sendOver, type News } from "../news-over-http.js";
import { PROBLEMS } from "../problem.js";
import { runNews } from "../run-news.js";
import type { Server } from "../server.js";
import type { ProducerSettings } from "../settings.js";
import { OfRun, runAt } from "./addresses.js";

const EventId = z.string().refine(isEventId, "expected the id of an event, such as 1700000000000-0").optional();
const Query = z.strictObject({ lastEventId: EventId.meta({ description: "As `Last-Event-ID`, for clients that cannot set it" }) });
const Headers = z.object({ "last-event-id": EventId.meta({ description: "Resume after this event" }) });
const EventStream = z.custom<Readable>().meta({ type: "string" });

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
  const newsFor = (request: Pick<FastifyRequest, "followed">, lastEventId: string | undefined, watcher: AbortController): AsyncGenerator<News> => {
    if (!request.followed) throw new Error("expected the run to have been found before the answer begins");
    return runNews(request.followed, lastEventId ?? null, { ...deps, heartbeatMs }, watcher.signal);
  };

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
      const watcher = newWatcher();
      reply.raw.once("close", () => watcher.abort());
      if (reply.raw.destroyed) watcher.abort();
      const lastEventId = request.headers["last-event-id"] ?? request.query.lastEventId;
      const news = newsFor(request, lastEventId, watcher);
      // A browser comes back after the end as well, for as long as there is an answer with a body.
      const first = request.followed?.finishedAt && lastEventId !== undefined ? await news.next() : null;
      if (first?.done) return reply.code(204).send();
      const stream = Readable.from(asServerSentEvents(first ? beginningWith(first.value, news) : news), { objectMode: false });
      // A stream has its connection to itself, which ends with it.
      return reply.headers({ "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store", "x-accel-buffering": "no", connection: "close" }).send(stream);
    },
    wsHandler: async (socket, request) => {
      const watcher = newWatcher();
      socket.once("close", () => watcher.abort());
      try {
        const { lastEventId } = Query.parse(request.query);
        await sendOver(socket, newsFor(request, lastEventId, watcher), () => watcher.signal.aborted);
      } catch (error) {
        deps.log.warn("run not followed", { requestId: request.id, error });
      } finally {
        watcher.abort();
      }
    },
  });
}

async function* beginningWith(first: News, rest: AsyncIterable<News>): AsyncGenerator<News> {
  yield first;
  yield* rest;
}
