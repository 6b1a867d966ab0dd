/** Every request has an id, one line in the log and one observation in the metrics, however it ends. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { FastifyInstance } from "fastify";
import type { ProducerDeps } from "./deps.js";
import { pathOf } from "./problem.js";

/** Seconds; answers take milliseconds, a watched run up to hours. */
const DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60, 600];

/** The caller's own request id where it is fit for logs and job payloads, else a new one. */
export function requestIdOf(request: IncomingMessage): string {
  const given = request.headers["x-request-id"];
  return typeof given === "string" && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID();
}

export function logRequests(server: FastifyInstance, { log, metrics }: Pick<ProducerDeps, "log" | "metrics">): void {
  const durations = metrics.histogram({
    name: "http_request_duration_seconds",
    help: "Requests by route and status, until the last byte was sent",
    labelNames: ["method", "route", "status"],
    buckets: DURATION_BUCKETS,
  });
  server.addHook("onRequest", async (request, reply) => {
    const since = performance.now();
    reply.header("x-request-id", request.id);
    // Not `onResponse`: a client that leaves in the middle of a stream has made a request, too.
    reply.raw.once("close", () => {
      const durationMs = performance.now() - since;
      const route = request.routeOptions.url ?? "none";
      const status = request.ws && reply.raw.headersSent === false ? 101 : reply.statusCode;
      durations.observe({ method: request.method, route, status }, durationMs / 1000);
      log.info("request served", {
        requestId: request.id,
        method: request.method,
        path: pathOf(request.url),
        status,
        durationMs: Math.round(durationMs * 10) / 10,
        ...(request.caller && { keyId: request.caller.keyId }),
        ...(request.tenant && { tenantId: request.tenant.id }),
      });
    });
  });
}
