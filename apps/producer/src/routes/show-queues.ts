/**
 * Bull Board, for operators: they may retry, promote and remove jobs. What that does to a training is decided by
 * Postgres: a job put back twice is claimed once.
 */
import { createBullBoard } from "@bull-board/api";
import { BullMQAdapter } from "@bull-board/api/bullMQAdapter";
import { FastifyAdapter } from "@bull-board/fastify";
import type { FastifyRequest } from "fastify";
import { declareAccess } from "../access.js";
import type { ProducerDeps } from "../deps.js";
import { HttpProblem, sendProblem } from "../problem.js";
import type { Server } from "../server.js";

const PREFIX = "/ops/queues";

/** The page asks for fonts elsewhere, which are refused: an operator's visit is nobody else's business. */
const BOARD_CSP = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; frame-ancestors 'none'";

export async function showQueues(server: Server, deps: Pick<ProducerDeps, "boardQueues">): Promise<void> {
  const adapter = new FastifyAdapter().setBasePath(PREFIX);
  createBullBoard({
    queues: deps.boardQueues().map((queue) => new BullMQAdapter(queue, { readOnlyMode: false })),
    serverAdapter: adapter,
    options: { uiConfig: { boardTitle: "Levain" } },
  });
  // Thrown on, an error reaches the server's own handler, which answers as everywhere.
  adapter.setErrorHandler((error) => {
    throw error;
  });
  await server.register(
    async (scope) => {
      declareAccess(scope, { access: "operator", isForBrowsers: true });
      scope.addHook("onRequest", async (request, reply) => {
        if (isForeign(request)) return sendProblem(request, reply, new HttpProblem(403, { detail: "expected a change asked for by this page itself" }));
        reply.header("content-security-policy", BOARD_CSP);
      });
      await scope.register(adapter.registerPlugin());
    },
    { prefix: PREFIX },
  );
}

/** Browsers present a Basic password also when a page of somebody else sends the request: such a one may change nothing. */
function isForeign({ method, headers, host }: FastifyRequest): boolean {
  if (method === "GET" || method === "HEAD") return false;
  const site = headers["sec-fetch-site"];
  if (site !== undefined) return site !== "same-origin" && site !== "none";
  return headers.origin !== undefined && headers.origin.replace(/^https?:\/\//, "") !== host;
}
