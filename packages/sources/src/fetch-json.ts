/** One GET with got, in time and in size: the answer's JSON, not yet checked for its shape. */
import { once } from "node:events";
import type { Agent as HttpAgent } from "node:http";
import type { Agent as HttpsAgent } from "node:https";
import { got, type Response } from "got";
import { failureOfStatus, malformed, type Asked } from "./faults.js";
import type { FetchLimits } from "./limits.js";

export type FetchOptions = {
  readonly agents: { readonly http: HttpAgent; readonly https: HttpsAgent };
  readonly limits: FetchLimits;
  readonly asked: Asked;
  readonly signal: AbortSignal;
};

/** @throws Failure for an answer that cannot be used; else what got throws */
export async function fetchJson(url: URL, { agents, limits, asked, signal }: FetchOptions): Promise<unknown> {
  const stream = got.stream(url, {
    agent: agents,
    headers: { accept: "application/json", "user-agent": "levain" },
    retry: { limit: 0 },
    followRedirect: false,
    throwHttpErrors: false,
    timeout: {
      lookup: limits.lookupMs,
      connect: limits.connectMs,
      secureConnect: limits.secureConnectMs,
      socket: limits.socketMs,
      response: limits.responseMs,
      request: limits.requestMs,
    },
    signal,
  });
  // An error is seen by whoever awaits the stream; between two awaits nobody listens.
  stream.on("error", () => {});
  try {
    const [response] = (await once(stream, "response")) as [Response];
    if (response.statusCode !== 200) throw failureOfStatus(response.statusCode, response.headers["retry-after"], asked, Date.now());
    const contentType = response.headers["content-type"] ?? "no content type";
    if (!isJson(contentType)) throw malformed(asked, "content type application/json", USUAL_TYPE.exec(contentType)?.[0] ?? "another");
    return parsed(await capped(stream, limits.answerBytesMax, asked), asked);
  } finally {
    stream.destroy();
  }
}

const isJson = (contentType: string): boolean => /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(contentType);

/** What may be told of another content type: the rest of a header is the upstream's own text, and may hold anything. */
const USUAL_TYPE = /^no content type$|^(?:text\/(?:html|plain|csv|xml)|application\/(?:xml|pdf|octet-stream))\b/i;

/** The body as text; more than `bytesMax` ends the connection instead of filling the memory. */
async function capped(stream: AsyncIterable<Buffer>, bytesMax: number, asked: Asked): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw malformed(asked, `at most ${bytesMax} bytes`, "more");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parsed(text: string, asked: Asked): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the body.
    throw malformed(asked, "JSON", `${text.length} characters that are not`);
  }
}
