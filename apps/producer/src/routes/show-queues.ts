/**
 * Bull Board, for operators: they may retry, promote and remove jobs. What that does to a training is decided by
 * Postgres: a job put back twice is claimed once. Viewers see the same board, without its buttons.
 */
import { createBullBoard } from "@bull-board/api";
import { BullMQAdapter } from "@bull-board/api/bullMQAdapter";
import { FastifyAdapter } from "@bull-board/fastify";
import { redact } from "@levain/runtime";
import { z } from "zod";
import { declareAccess } from "../access.js";
import type { ProducerDeps } from "../deps.js";
import { validateWithZod } from "../invalid-request.js";
import { masked } from "../masked.js";
import { asProblem, sendProblem } from "../problem.js";
import type { Server } from "../server.js";

const PREFIX = "/ops/queues";

/** The page asks for fonts elsewhere, which are refused: an operator's visit is nobody else's business. */
const BOARD_CSP = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; frame-ancestors 'none'";

const BoardQuery = z.looseObject({
  activeQueue: z.string().max(200).optional(),
  status: z.enum(["latest", "active", "waiting", "waiting-children", "prioritized", "completed", "failed", "delayed", "paused"]).optional(),
  page: z.coerce.number().int().min(1).max(1_000_000).optional(),
  jobsPerPage: z.coerce.number().int().min(1).max(100).optional(),
});

export async function showQueues(server: Server, deps: Pick<ProducerDeps, "boardQueues" | "checks">): Promise<void> {
  const adapter = new FastifyAdapter().setBasePath(PREFIX);
  const queues = deps.boardQueues().map((queue) => {
    const shown = new BullMQAdapter(queue, { readOnlyMode: false });
    for (const field of ["data", "returnValue", "progress"] as const) shown.setFormatter(field, redact);
    return shown;
  });
  createBullBoard({ queues, serverAdapter: adapter, options: { uiConfig: { boardTitle: "Levain" } } });
  // Thrown on, an error reaches the server's own handler, which answers as everywhere.
  adapter.setErrorHandler((error) => {
    throw error;
  });
  await server.register(
    async (scope) => {
      declareAccess(scope, { access: "operator", isForBrowsers: true });
      scope.addHook("onRequest", async (request, reply) => {
        reply.header("content-security-policy", BOARD_CSP);
        // The board would wait for Redis for as long as it is away.
        try {
          await deps.checks["redis"]?.();
        } catch (error) {
          return sendProblem(request, reply, asProblem(error));
        }
      });
      // Its own routes take whatever comes, down to Redis.
      scope.addHook("preValidation", async (request) => {
        const checked = validateWithZod({ schema: BoardQuery, method: request.method, url: request.url, httpPart: "querystring" })(request.query);
        if (typeof checked === "object" && "error" in checked && checked.error) throw checked.error;
      });
      scope.addHook("preSerialization", async (request, _reply, payload) => (request.caller?.role === "viewer" ? withoutButtons(masked(payload)) : masked(payload)));
      await scope.register(adapter.registerPlugin());
    },
    { prefix: PREFIX },
  );
}

/** The board's own read-only mode is one for all who look; a viewer's writes are refused before they come here. */
function withoutButtons(payload: unknown): unknown {
  if (typeof payload !== "object" || payload === null || !("queues" in payload) || !Array.isArray(payload.queues)) return payload;
  return { ...payload, queues: payload.queues.map((queue: object) => ({ ...queue, readOnlyMode: true, allowRetries: false, allowCompletedRetries: false })) };
}
