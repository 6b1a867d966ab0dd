/** Every error that a client sees: RFC 9457 problem details, with what was expected and what came, and no internals. */
import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { Failure, Problem } from "@levain/contracts";
import { MalformedCursor } from "@levain/db";
import { redactText } from "@levain/runtime";
import type { FastifyReply, FastifyRequest } from "fastify";
import { InvalidRequest } from "./invalid-request.js";

type ProblemDetails = Omit<Problem, "status" | "requestId" | "instance">;

/** Thrown where a request cannot be answered as asked. */
export class HttpProblem extends Error {
  override readonly name = "HttpProblem";
  readonly status: number;
  readonly details: ProblemDetails;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, details: Partial<ProblemDetails> = {}, headers: Readonly<Record<string, string>> = {}) {
    const title = details.title ?? STATUS_CODES[status] ?? "Error";
    super(title);
    this.status = status;
    this.details = { type: "about:blank", ...details, title };
    this.headers = headers;
  }
}

/** @param what such as `training run` */
export const missing = (what: string): HttpProblem => new HttpProblem(404, { title: "Not found", detail: `expected the id of an existing ${what}` });

/** Seconds after which a client may try again what the database or Redis could not do now. */
const RETRY_AFTER_S = 5;

/** Anything thrown, as a problem. What nobody foresaw says no more than that it happened. */
export function asProblem(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (error instanceof InvalidRequest) return invalid(error.errors);
  if (error instanceof MalformedCursor) return invalid([{ path: "query.cursor", expected: error.message.replace(/^expected /, "") }]);
  if (error instanceof Failure && error.code.endsWith(".unavailable")) {
    return new HttpProblem(503, { detail: "expected the storage behind this service to answer; try again later" }, { "retry-after": String(RETRY_AFTER_S) });
  }
  // Thrown by whoever decodes what the address says, such as the queue board.
  if (error instanceof URIError) return new HttpProblem(400, { detail: "expected a well-formed address" });
  const { status, code } = refusalOf(error);
  if (status >= 500) return new HttpProblem(500, { detail: "an unexpected fault; the request id finds it in our logs" });
  return new HttpProblem(status, { detail: REFUSALS[code] ?? (error instanceof Error ? error.message : "the request could not be read") });
}

/** Sends a problem as the answer. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: HttpProblem): FastifyReply {
  const body: Problem = { ...problem.details, status: problem.status, instance: redactText(pathOf(request.url)), requestId: request.id };
  return reply
    .code(problem.status)
    .headers({ ...problem.headers, "x-request-id": request.id, "cache-control": "no-store" })
    .type("application/problem+json")
    .send(body);
}

/** Answers on the bare socket what was no request: there is no reply to send it with. */
export function answerBelowHttp(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  const status = BELOW_HTTP[error.code ?? ""] ?? 400;
  const title = STATUS_CODES[status] ?? "Error";
  const body = JSON.stringify({ type: "about:blank", title, status } satisfies Problem);
  socket.end(`HTTP/1.1 ${status} ${title}\r\ncontent-type: application/problem+json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`);
}

const BELOW_HTTP: Readonly<Record<string, number>> = { ERR_HTTP_REQUEST_TIMEOUT: 408, HPE_HEADER_OVERFLOW: 431 };

/** What every route may answer besides its own, for the API's description. */
export const PROBLEMS = {
  "4xx": { description: "The request cannot be answered as asked", content: { "application/problem+json": { schema: Problem } } },
  "5xx": { description: "The service cannot answer now", content: { "application/problem+json": { schema: Problem } } },
} as const;

export const pathOf = (url: string): string => url.split("?", 1)[0] ?? url;

const invalid = (errors: InvalidRequest["errors"]): HttpProblem =>
  new HttpProblem(400, {
    type: "urn:levain:problem:invalid-request",
    title: "Invalid request",
    detail: `${errors.length} ${errors.length === 1 ? "field is" : "fields are"} not as expected`,
    errors: [...errors],
  });

/** Fastify's own refusals, in our words. */
const REFUSALS: Readonly<Record<string, string>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "expected a body of the content type application/json",
  FST_ERR_CTP_INVALID_JSON_BODY: "expected a body of well-formed JSON",
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: "expected a body as long as its content-length says",
  FST_ERR_BAD_URL: "expected a well-formed address",
};

function refusalOf(error: unknown): { status: number; code: string } {
  if (typeof error !== "object" || error === null) return { status: 500, code: "" };
  const status: unknown = Reflect.get(error, "statusCode");
  return { status: typeof status === "number" && status >= 400 ? status : 500, code: String(Reflect.get(error, "code") ?? "") };
}
