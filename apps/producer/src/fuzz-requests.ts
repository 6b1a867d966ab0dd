/** Requests that no honest client sends, from a seed: addresses and bodies near what the schemas describe, and bytes near HTTP. For the tests of this app. */
import type { RouteOptions } from "fastify";

export type Chance = {
  /** In [0, 1). */
  next(): number;
  below(end: number): number;
  pick<T>(from: readonly T[]): T;
};

/** mulberry32 */
export function chanceOf(seed: number): Chance {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (end: number): number => Math.floor(next() * end);
  return {
    next,
    below,
    pick: (from) => {
      const item = from[below(from.length)];
      if (item === undefined) throw new RangeError("expected something to pick from");
      return item;
    },
  };
}

const TEXTS: readonly string[] = [
  "", " ", "0", "-1", "1e308", "NaN", "null", "undefined", "true", "[]", "{}", "__proto__", "constructor", "prototype", "toString", "..", "../..", "..%2f..%2fetc%2fpasswd", "%", "%zz", "%00", "\u0000", "\ud800", "\udfff!", "\ufeff", "🥐", "Brötchen", "a\r\nx-injected: 1",
  "' OR 1=1 --", "'; DROP TABLE tenants; --", "$1", "${7*7}", "{{7*7}}", "<script>alert(1)</script>", "x".repeat(127), "x".repeat(129), "x".repeat(2_000), "%F0%9F".repeat(40), "2026-05-01", "0000-01-01", "9999-12-31", "-000001-01-01", "2026-02-30", "2026-05-01T00:00:00Z",
  "00000000-0000-0000-0000-000000000000", "7f2c1d9e-0f8e-4b77-9c3e-6f0f6f0f6f0f", "18446744073709551616", "9007199254740993", "-9223372036854775809", "1700000000000-0", "99999999999999999999-0", "corner-bakery", "other-bakery", "no-such-bakery", "croissant", "start-run", "train-product", "lvn_x_y",
];

/** Cursors as a listing gives them, with keys that none has. */
const CURSORS: readonly string[] = [
  ["models", 2 ** 53 - 1],
  ["models", -1],
  ["models", "1"],
  ["products", "\ud800"],
  ["products", "\u0000"],
  ["product-trainings", 2 ** 40],
  ["training-runs", "+275760-09-13T00:00:00.000Z", "00000000-0000-0000-0000-000000000000"],
  ["training-runs", "0000-01-01T00:00:00.000Z", "00000000-0000-0000-0000-000000000000"],
  ["training-runs", "-000001-01-01T00:00:00.000Z", "7"],
  [],
].map((key) => Buffer.from(JSON.stringify(key)).toString("base64url"));

const NUMBERS: readonly number[] = [0, -0, 1, -1, 0.1, 1e308, -1e308, 5e-324, 2 ** 31, 2 ** 53, -(2 ** 63), 1e21];

export const textOf = (chance: Chance): string => (chance.next() < 0.9 ? chance.pick(TEXTS) : Array.from({ length: chance.below(40) }, () => String.fromCharCode(chance.below(0x10000))).join(""));

function valueOf(chance: Chance, depth = 0): unknown {
  const draw = chance.next();
  if (draw < 0.45 || depth > 3) return textOf(chance);
  if (draw < 0.65) return chance.pick(NUMBERS);
  if (draw < 0.75) return chance.pick([null, true, false]);
  if (draw < 0.87) return Array.from({ length: chance.below(4) }, () => valueOf(chance, depth + 1));
  return Object.fromEntries(Array.from({ length: chance.below(4) }, () => [textOf(chance), valueOf(chance, depth + 1)]));
}

/** Bodies that would be taken, one field of which is then another. */
const BODIES: readonly Readonly<Record<string, unknown>>[] = [
  {},
  { productIds: ["croissant", "bagel"], cutoff: "2026-04-30" },
  { label: "till", expiresAt: "2027-01-01T00:00:00Z" },
  {
    name: "Fuzzed",
    timeZone: "Europe/Berlin",
    country: "DE",
    latitude: 54.3,
    longitude: 10.1,
    unit: "loaves",
    sources: { sales: "http://localhost:4000", weather: "https://weather.example" },
    nightlyAt: "04:15",
    policy: { openDaysMin: 30 },
  },
  { products: ["croissant"] },
];

function bodyOf(chance: Chance): string {
  const draw = chance.next();
  if (draw < 0.05) return chance.pick(["[", "{"]).repeat(1 + chance.below(60_000));
  if (draw < 0.08) return `{"a":`.repeat(5_000) + "1" + "}".repeat(5_000);
  if (draw < 0.11) return `{"__proto__":{"isOperator":true},"constructor":{"prototype":{"x":1}}}`;
  if (draw < 0.14) return chance.pick(LARGE_BODIES);
  if (draw < 0.17) return `{"productIds":[${Array.from({ length: 6_000 }, (_, index) => `"p${index}"`).join()}]}`;
  if (draw < 0.3) return JSON.stringify(valueOf(chance)) ?? "";
  const body: Record<string, unknown> = { ...chance.pick(BODIES) };
  const fields = Object.keys(body);
  const changes = chance.below(3);
  for (let change = 0; change < changes; change++) body[fields.length > 0 && chance.next() < 0.8 ? chance.pick(fields) : textOf(chance)] = valueOf(chance);
  const text = JSON.stringify(body);
  return chance.next() < 0.1 ? text.slice(0, chance.below(text.length + 1)) : text;
}

export type FuzzedRequest = { readonly method: string; readonly path: string; readonly headers: Readonly<Record<string, string>>; readonly body: string | null };

/** @param known what may stand in addresses and exists, such as `:productId` → `croissant` */
export function requestNear(routes: readonly RouteOptions[], known: Readonly<Record<string, string>>, keys: readonly string[], chance: Chance): FuzzedRequest {
  const { method, url } = chance.pick(routes);
  const methods = [method].flat();
  const used = chance.next() < 0.9 ? chance.pick(methods) : chance.pick(["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]);
  const path = url
    .split("/")
    .map((part) => (part in known && chance.next() < 0.7 ? known[part] : part.startsWith(":") || part === "*" ? encodeURIComponent(wellFormed(textOf(chance))).slice(0, 3_000) : part))
    .join("/");
  const query = chance.next() < 0.5 ? "" : `?${Array.from({ length: 1 + chance.below(3) }, () => `${parameter(chance)}`).join("&")}`;
  const body = used === "GET" || used === "HEAD" ? null : bodyOf(chance);
  return {
    method: used,
    path: chance.next() < 0.95 ? `${path}${query}` : `/${encodeURIComponent(wellFormed(textOf(chance)))}`,
    headers: {
      ...(chance.next() < 0.85 && { authorization: `Bearer ${chance.pick(keys)}` }),
      ...(chance.next() < 0.1 && { "idempotency-key": headerOf(chance) }),
      ...(chance.next() < 0.1 && { "last-event-id": headerOf(chance) }),
      ...(chance.next() < 0.1 && { "x-request-id": headerOf(chance) }),
      ...(chance.next() < 0.1 && { cookie: `levain_session=${headerOf(chance)}` }),
      ...(chance.next() < 0.1 && { accept: headerOf(chance) }),
      ...(body !== null && { "content-type": chance.next() < 0.9 ? "application/json" : chance.pick(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/json; charset=utf-16", ";"]) }),
    },
    body,
  };
}

const parameter = (chance: Chance): string => {
  const name = chance.pick(["limit", "cursor", "cursor", "lastEventId", "page", "jobsPerPage", "status", "activeQueue", "__proto__", "a[b]"]);
  return `${name}=${encodeURIComponent(wellFormed(name === "cursor" && chance.next() < 0.8 ? chance.pick(CURSORS) : textOf(chance)))}`;
};

const wellFormed = (text: string): string => text.replaceAll(/\p{Surrogate}/gu, "\ufffd");
const headerOf = (chance: Chance): string => encodeURIComponent(wellFormed(textOf(chance))).slice(0, 200) || "x";

/** Made once: what is measured is the server's memory, and it shares this process with its clients. */
const HUGE_HEADER = Buffer.from(`GET /healthz HTTP/1.1\r\nHost: levain\r\nX-Big: ${"x".repeat(1_100_000)}\r\n\r\n`);
const LARGE_BODIES = [65_536, 65_537, 262_145, 400_000].map((length) => "x".repeat(length));

/** Bytes near HTTP, to be written to a socket that is then closed on our side. */
export function bytesNearHttp(key: string, chance: Chance): Buffer {
  const path = "/v1/tenants/corner-bakery/training-runs";
  const head = (method: string, target: string, ...headers: string[]): string => [`${method} ${target} HTTP/1.1`, "Host: levain", `Authorization: Bearer ${key}`, ...headers, "", ""].join("\r\n");
  const json = "Content-Type: application/json";
  return chance.pick<() => Buffer>([
    () => Buffer.from(Array.from({ length: chance.below(2_000) }, () => chance.below(256))),
    () =>
      Buffer.from(
        head(
          "GET",
          chance.pick([
            "/../../etc/passwd",
            "//evil.example/",
            "http://evil.example/healthz",
            "/%2e%2e/%2e%2e/",
            "/docs/../../../etc/passwd",
            "/docs/static/..%2f..%2fpackage.json",
            "/%",
            "/%ff%fe",
            "/\u00e9",
            "*",
            "/healthz\u0000",
            `/${"a/".repeat(5_000)}`,
            `/v1/tenants/${"%41".repeat(3_000)}`,
            "/ops/queues/static/../../../../package.json",
          ]),
        ),
        "latin1",
      ),
    () => HUGE_HEADER,
    () => Buffer.from(head("GET", "/healthz", ...Array.from({ length: 3_000 }, (_, index) => `X-${index}: 1`))),
    () => Buffer.from(head("POST", path, json, "Transfer-Encoding: chunked") + chance.pick(["FFFFFFFF\r\nabc", "-1\r\n", "5\r\nab\r\n0\r\n\r\n", "0x2\r\n{}\r\n0\r\n\r\n", "2;ext=\u0000\r\n{}\r\n0\r\n\r\n", "2\r\n{}", "\r\n\r\n", "2\r\n{}\r\n0\r\nX-Trailer: 1\r\n\r\n"])),
    () => Buffer.from(head("POST", path, json, chance.pick(["Content-Length: -1", "Content-Length: 1000000000", "Content-Length: 5", "Content-Length: 2\r\nContent-Length: 3", "Content-Length: 2\r\nTransfer-Encoding: chunked", "Content-Length: 99999999999999999999", "Transfer-Encoding: gzip, chunked", "Content-Length: +2", "Transfer-Encoding: xchunked"])) + "{}"),
    () => {
      const body = Buffer.concat([Buffer.from('{"productIds":["'), Buffer.from(Array.from({ length: 20 }, () => 0x80 + chance.below(128))), Buffer.from('"]}')]);
      return Buffer.concat([Buffer.from(head("POST", path, json, `Content-Length: ${body.length}`)), body]);
    },
    () =>
      Buffer.from(
        `${chance.pick(["GET /healthz", "GET /healthz HTTP/0.9", "GET /healthz HTTP/9.9", "PRI * HTTP/2.0\r\n\r\nSM", "get /healthz HTTP/1.1", "G\u0000T / HTTP/1.1", "\r\n\r\n\r\n", "GET /healthz HTTP/1.1\nHost: x\n\n", "GET /healthz HTTP/1.1\r\n Host: folded\r\n\r\n", "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "CONNECT evil.example:443 HTTP/1.1\r\nHost: evil\r\n\r\n", "TRACE / HTTP/1.1\r\nHost: x\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n"])}\r\n\r\n`,
        "latin1",
      ),
    () => Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03, ...Array.from({ length: 200 }, () => chance.below(256))]),
    () =>
      Buffer.from(
        head(
          "GET",
          `${path}/${chance.pick(["x", "00000000-0000-0000-0000-000000000000"])}/events`,
          "Connection: Upgrade",
          "Upgrade: websocket",
          chance.pick(["Sec-WebSocket-Key: x", "Sec-WebSocket-Version: 99", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13"]),
        ) + "\u0081\u00ff",
      ),
    () => Buffer.from(head("GET", "/healthz").repeat(1 + chance.below(50))),
    () => Buffer.from(head("GET", `${path}?limit=1`, "X-Evil: a\rb", "X-\u00e9: 1", ": none", "NoColon"), "latin1"),
    () => Buffer.from(head("POST", path, json, "Expect: 100-continue", "Content-Length: 2")),
  ])();
}
