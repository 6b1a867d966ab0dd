/**
 * How long a request's body may take to arrive. Node knows one limit for the whole server, and an upload needs a longer one
 * than all else; so the server's own is the longest, and each route's is kept here.
 */
import type { FastifyInstance } from "fastify";
import { answerBelowHttp } from "./problem.js";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Milliseconds for the body of a request to this route; the usual ones where it says nothing. */
    bodyWithinMs?: number;
  }
}

/** Milliseconds that no route may exceed. */
export const LONGEST_BODY_MS = 15 * 60_000;

/** @param usualMs for routes that say nothing */
export function limitBodyTimes(server: FastifyInstance, usualMs: number): void {
  server.addHook("onRequest", async ({ raw, routeOptions }, reply) => {
    const hasBody = raw.headers["transfer-encoding"] !== undefined || raw.headers["content-length"] !== undefined;
    if (!hasBody) return;
    const timer = setTimeout(() => {
      if (raw.complete) return;
      if (reply.raw.headersSent) raw.socket.destroy();
      else answerBelowHttp(Object.assign(new Error("the body came too late"), { code: "ERR_HTTP_REQUEST_TIMEOUT" }), raw.socket);
    }, routeOptions.config.bodyWithinMs ?? usualMs);
    timer.unref();
    reply.raw.once("close", () => clearTimeout(timer));
  });
}
