/**
 * An operator's session in a browser: a cookie that names the key which opened it, until when it is good, and a seal over
 * both. Nothing is kept here; the key is looked up at every request, so a session ends with its key.
 *
 * A browser sends the cookie by itself, so a write must also show a token which only a page of ours can read: the
 * cookie XSRF-TOKEN, repeated as the header X-XSRF-TOKEN, as the queue board's own script does.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { FastifyRequest } from "fastify";
import { isReading } from "./access.js";
import { HttpProblem } from "./problem.js";

export const LOG_IN_PATH = "/ops/login";

export type Session = { readonly keyId: string; readonly token: string };

export type Sessions = {
  /** Cookies that open a session, for the header `set-cookie`. */
  open(keyId: string, isSecure: boolean): string[];
  /** Cookies that end one. */
  end(isSecure: boolean): string[];
  /** Null without a session, and for one that is over, was altered or is not ours. */
  read(request: Pick<FastifyRequest, "headers">): Session | null;
};

export type SessionOptions = {
  /** Seals the cookies. Producers that share it share their sessions. */
  readonly secret: string;
  readonly hours: number;
  now(): Date;
};

const SESSION = "levain_session";
const TOKEN = "XSRF-TOKEN";

/** What the cookies are good for; nothing outside is sent them. */
const PATH = "/ops";

export function createSessions({ secret, hours, now }: SessionOptions): Sessions {
  const seal = (purpose: string, text: string): string => createHmac("sha256", secret).update(`${purpose}\n${text}`).digest("base64url");
  const maxAgeS = Math.round(hours * 3_600);
  return {
    open: (keyId, isSecure) => {
      const what = `${keyId}.${now().getTime() + maxAgeS * 1_000}.${randomBytes(12).toString("base64url")}`;
      const rest = `Path=${PATH}; Max-Age=${maxAgeS}; SameSite=Strict${isSecure ? "; Secure" : ""}`;
      return [`${SESSION}=${what}.${seal("session", what)}; HttpOnly; ${rest}`, `${TOKEN}=${seal("token", what)}; ${rest}`];
    },
    end: (isSecure) => [SESSION, TOKEN].map((name) => `${name}=; Path=${PATH}; Max-Age=0; SameSite=Strict${isSecure ? "; Secure" : ""}`),
    read: ({ headers }) => {
      const [keyId = "", until = "", nonce = "", sealed = ""] = cookieOf(headers.cookie, SESSION)?.split(".") ?? [];
      const what = `${keyId}.${until}.${nonce}`;
      if (!isSame(sealed, seal("session", what)) || !(Number(until) > now().getTime())) return null;
      return { keyId, token: seal("token", what) };
    },
  };
}

/** Reading is free. A write must come from our own page and show the session's token. @throws HttpProblem 403 */
export function refuseForgery(request: FastifyRequest, session: Session): void {
  if (isReading(request.method)) return;
  refuseForeign(request);
  const shown = request.headers["x-xsrf-token"];
  if (typeof shown !== "string" || !isSame(shown, session.token)) throw new HttpProblem(403, { detail: "expected the session's token as X-XSRF-TOKEN" });
}

/** Refuses what a page of somebody else's made the browser send. @throws HttpProblem 403 */
export function refuseForeign({ headers, host }: FastifyRequest): void {
  const site = headers["sec-fetch-site"];
  const isForeign = site === undefined ? headers.origin !== undefined && headers.origin.replace(/^https?:\/\//, "") !== host : site !== "same-origin" && site !== "none";
  if (isForeign) throw new HttpProblem(403, { detail: "expected a change asked for by this page itself" });
}

const cookieOf = (header: string | undefined, name: string): string | undefined =>
  header
    ?.split(";")
    .map((pair) => pair.trim())
    .find((pair) => pair.startsWith(`${name}=`))
    ?.slice(name.length + 1);

const isSame = (one: string, other: string): boolean => {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
};
