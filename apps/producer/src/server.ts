/** The REST producer: parses, authorises, writes the run, enqueues, answers. It decides nothing about training. */
import { randomBytes } from "node:crypto";
import helmet from "@fastify/helmet";
import websocket from "@fastify/websocket";
import { fastify, type FastifyBaseLogger, type FastifyInstance, type RawReplyDefaultExpression, type RawRequestDefaultExpression, type RawServerDefault } from "fastify";
import { serializerCompiler, type ZodTypeProvider } from "fastify-type-provider-zod";
import { keepRouteTable, methodsAt } from "./access.js";
import { guardRoutes } from "./auth.js";
import { limitBodyTimes, LONGEST_BODY_MS } from "./body-deadline.js";
import type { ProducerDeps } from "./deps.js";
import { validateWithZod } from "./invalid-request.js";
import { watchGauges } from "./observe.js";
import { describeApi } from "./openapi.js";
import { answerBelowHttp, asProblem, HttpProblem, pathOf, sendProblem } from "./problem.js";
import { limitRates } from "./rate-limits.js";
import { readJsonOnly } from "./read-json.js";
import { logRequests, requestIdOf } from "./request-log.js";
import { addRoutes } from "./routes/index.js";
import { createSessions } from "./sessions.js";
import { DEFAULT_SETTINGS, type ProducerSettings } from "./settings.js";

export type Server = FastifyInstance<RawServerDefault, RawRequestDefaultExpression, RawReplyDefaultExpression, FastifyBaseLogger, ZodTypeProvider>;

const BODY_MAX_BYTES = 64 * 1024;

/** Milliseconds for a request to arrive whole, unless its route gives it longer; it does not bound the answer. */
const REQUEST_WITHIN_MS = 10_000;

/** Milliseconds between two looks for requests that are late. */
const LATE_LOOK_MS = 1_000;

/** Bytes of a request's line and headers together; more is answered with 431. */
const HEADERS_MAX_BYTES = 16 * 1024;

/** Characters, percent-encoded: a product id of 128 characters may take twelve each. */
const PARAMETER_MAX = 12 * 128;

/** Watchers have nothing to say. */
const WEBSOCKET_MESSAGE_MAX_BYTES = 1_024;

/** The server, ready to listen or to be injected into. @throws when a route does not declare its access */
export async function createServer(deps: ProducerDeps, given: Partial<ProducerSettings> = {}): Promise<Server> {
  const settings: ProducerSettings = { ...DEFAULT_SETTINGS, sessionSecret: randomBytes(32).toString("hex"), ...given };
  const server = fastify({
    bodyLimit: BODY_MAX_BYTES,
    requestTimeout: LONGEST_BODY_MS,
    http: { headersTimeout: REQUEST_WITHIN_MS, connectionsCheckingInterval: LATE_LOOK_MS, maxHeaderSize: HEADERS_MAX_BYTES },
    trustProxy: settings.trustedProxies === "" ? false : settings.trustedProxies,
    routerOptions: { maxParamLength: PARAMETER_MAX },
    genReqId: requestIdOf,
    // While it closes, the server still answers what was already on its way.
    return503OnClosing: false,
    clientErrorHandler: (error, socket) => answerBelowHttp(error, socket),
    frameworkErrors: (error, request, reply) => void sendProblem(request, reply, asProblem(error)),
  }).withTypeProvider<ZodTypeProvider>();
  server.setValidatorCompiler(validateWithZod);
  server.setSerializerCompiler(serializerCompiler);
  readJsonOnly(server);

  keepRouteTable(server);
  limitBodyTimes(server, REQUEST_WITHIN_MS);
  logRequests(server, deps);
  answerProblems(server, deps);
  await server.register(helmet, { contentSecurityPolicy: { useDefaults: false, directives: { "default-src": ["'none'"], "frame-ancestors": ["'none'"] } } });
  // Those who watch over a WebSocket are told by their route why it closes.
  await server.register(websocket, { options: { maxPayload: WEBSOCKET_MESSAGE_MAX_BYTES }, preClose: (done) => done() });
  letGoOfConnections(server);
  const limits = limitRates(settings.limits, deps.limiter);
  const sessions = createSessions({ secret: settings.sessionSecret, hours: settings.sessionHours, now: () => deps.now() });
  guardRoutes(server, { ...deps, limits, sessions });
  watchGauges(deps);
  await describeApi(server);
  await addRoutes(server, { ...deps, limits, sessions }, settings);
  await server.ready();
  return server;
}

/** Once the server closes and the last answer is sent, a connection kept for a next request would only keep the process. */
function letGoOfConnections(server: Server): void {
  let underWay = 0;
  let isClosing = false;
  const letGo = (): void => {
    if (isClosing && underWay === 0) server.server.closeAllConnections();
  };
  server.addHook("onRequest", async (_request, reply) => {
    underWay += 1;
    reply.raw.once("close", () => {
      underWay -= 1;
      letGo();
    });
  });
  server.addHook("preClose", async () => {
    isClosing = true;
    setImmediate(letGo);
  });
}

function answerProblems(server: Server, { log }: Pick<ProducerDeps, "log">): void {
  server.setErrorHandler((error, request, reply) => {
    const problem = asProblem(error);
    if (problem.status === 500) log.error("request failed unexpectedly", { requestId: request.id, route: request.routeOptions.url, error });
    else if (problem.status > 500) log.warn("request failed for now", { requestId: request.id, route: request.routeOptions.url, error });
    return sendProblem(request, reply, problem);
  });
  server.setNotFoundHandler((request, reply) => {
    const methods = methodsAt(server.routeTable, pathOf(request.url));
    const problem =
      methods.length === 0
        ? new HttpProblem(404, { detail: "expected an address of this API; /docs lists them" })
        : new HttpProblem(405, { detail: `expected ${methods.join(" or ")}, got ${request.method}` }, { allow: methods.join(", ") });
    return sendProblem(request, reply, problem);
  });
}
