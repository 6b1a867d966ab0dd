import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { Failure } from "@levain/contracts";
import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import type { BreakerState } from "./breaker.js";
import { openClient, type Client, type ClientOptions } from "./client.js";

const Answer = z.object({ ok: z.literal(true) });
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

type Upstream = { readonly url: URL; readonly sockets: { open: number; openMax: number; accepted: number }; close(): Promise<void> };

async function openUpstream(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<Upstream> {
  const sockets = { open: 0, openMax: 0, accepted: 0 };
  const server = createServer(answer).listen(0, "127.0.0.1");
  server.on("connection", (socket: Socket) => {
    sockets.accepted += 1;
    sockets.open += 1;
    sockets.openMax = Math.max(sockets.openMax, sockets.open);
    socket.once("close", () => (sockets.open -= 1));
  });
  await once(server, "listening");
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  closers.push(close);
  return { url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`), sockets, close };
}

const fine = (_request: IncomingMessage, response: ServerResponse): void => {
  response.setHeader("content-type", "application/json; charset=utf-8").end('{"ok":true}');
};

function client(options: ClientOptions = {}): Client {
  const opened = openClient({ allow: ["127.0.0.1"], ...options });
  closers.push(() => opened.close());
  return opened;
}

/** Something to wait for, and how to make it happen. */
function gate(): { readonly promise: Promise<void>; resolve(): void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((open) => (resolve = open));
  return { promise, resolve: () => resolve() };
}

const ask = (asking: Client, url: URL, signal = new AbortController().signal): Promise<unknown> => asking.get("sales", url, Answer, signal);

const failureOf = (call: Promise<unknown>): Promise<Failure> =>
  call.then(
    (answer) => expect.fail(`expected a failure, got ${JSON.stringify(answer)}`),
    (error: unknown) => (error instanceof Failure ? error : expect.fail(`expected a failure, got ${String(error)}`)),
  );

/** An address that refuses connections. */
async function deadAddress(): Promise<URL> {
  const upstream = await openUpstream(fine);
  await upstream.close();
  return upstream.url;
}

describe("a request", () => {
  test("brings back what the schema describes", async () => {
    const upstream = await openUpstream(fine);
    expect(await ask(client(), upstream.url)).toEqual({ ok: true });
  });

  test.each([
    [301, "source.rejected"],
    [302, "source.rejected"],
    [400, "source.rejected"],
    [401, "source.rejected"],
    [404, "source.rejected"],
    [408, "source.timeout"],
    [425, "source.unavailable"],
    [429, "source.rate-limited"],
    [500, "source.unavailable"],
    [503, "source.unavailable"],
  ])("with status %i fails as %s", async (status, code) => {
    const upstream = await openUpstream((_request, response) => response.writeHead(status, { location: "/elsewhere" }).end());
    const failure = await failureOf(ask(client(), upstream.url));
    expect(failure.code).toBe(code);
    expect(failure.facts).toMatchObject({ source: "sales", origin: upstream.url.origin, status });
  });

  test("does not follow a redirect", async () => {
    const paths: string[] = [];
    const upstream = await openUpstream((request, response) => {
      paths.push(request.url ?? "");
      response.writeHead(302, { location: "/elsewhere" }).end();
    });
    await failureOf(ask(client(), upstream.url));
    expect(paths).toEqual(["/"]);
  });

  test.each([
    ["7", 7_000],
    ["0", 0],
  ])("told to come back after %s seconds says so in milliseconds", async (header, retryAfterMs) => {
    const upstream = await openUpstream((_request, response) => response.writeHead(429, { "retry-after": header }).end());
    expect((await failureOf(ask(client(), upstream.url))).retryAfterMs).toBe(retryAfterMs);
  });

  test("told to come back at a time says how far that is", async () => {
    const upstream = await openUpstream((_request, response) => response.writeHead(429, { "retry-after": new Date(Date.now() + 60_000).toUTCString() }).end());
    const { retryAfterMs } = await failureOf(ask(client(), upstream.url));
    expect(retryAfterMs).toBeGreaterThan(50_000);
    expect(retryAfterMs).toBeLessThanOrEqual(60_000);
  });

  test("is not repeated by itself", async () => {
    let requests = 0;
    const upstream = await openUpstream((_request, response) => {
      requests += 1;
      response.writeHead(503).end();
    });
    await failureOf(ask(client(), upstream.url));
    expect(requests).toBe(1);
  });

  test("to nobody fails as source.unavailable, with the fault as its cause", async () => {
    const failure = await failureOf(ask(client(), await deadAddress()));
    expect(failure.code).toBe("source.unavailable");
    expect(failure.message).toContain("ECONNREFUSED");
    expect(failure.cause).toBeInstanceOf(Error);
  });

  test("cut off in the middle of the body fails as source.unavailable", async () => {
    const upstream = await openUpstream((_request, response) => {
      response.writeHead(200, { "content-type": "application/json", "content-length": "100" }).write('{"ok":');
      response.socket?.end();
    });
    expect((await failureOf(ask(client(), upstream.url))).code).toBe("source.unavailable");
  });

  test("never answered fails as source.timeout and names the phase", async () => {
    const upstream = await openUpstream(() => {});
    const failure = await failureOf(ask(client({ limits: { responseMs: 30 } }), upstream.url));
    expect(failure.code).toBe("source.timeout");
    expect(failure.facts["waitedFor"]).toBe("response");
  });

  test("answered byte by byte ends at the total bound", async () => {
    const upstream = await openUpstream((_request, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      const drip = setInterval(() => response.write(" "), 5);
      response.once("close", () => clearInterval(drip));
    });
    const failure = await failureOf(ask(client({ limits: { requestMs: 100 } }), upstream.url));
    expect(failure.code).toBe("source.timeout");
    expect(failure.facts["waitedFor"]).toBe("request");
  });

  test.each([
    ["another content type", "text/html", '{"ok":true}'],
    ["half a document", "application/json", '{"ok":'],
    ["another shape", "application/json", '{"ok":"yes"}'],
  ])("answered with %s fails as source.malformed and quotes nothing", async (_what, contentType, body) => {
    const upstream = await openUpstream((_request, response) => response.setHeader("content-type", contentType).end(body));
    const failure = await failureOf(ask(client(), upstream.url));
    expect(failure.code).toBe("source.malformed");
    expect(failure.message).not.toContain(body);
  });

  test("answered with more than the cap is broken off long before the end", async () => {
    let written = 0;
    const hungUp = gate();
    const upstream = await openUpstream((_request, response) => {
      response.writeHead(200, { "content-type": "application/json" }).once("close", hungUp.resolve);
      const chunk = Buffer.alloc(64 * 1024, " ");
      const write = (): void => {
        while (!response.destroyed && response.write(chunk)) written += chunk.length;
      };
      response.on("drain", write);
      write();
    });
    const answerBytesMax = 10 * 1024 * 1024;
    const failure = await failureOf(ask(client({ limits: { answerBytesMax } }), upstream.url));
    expect(failure.code).toBe("source.malformed");
    await hungUp.promise;
    expect(written).toBeLessThan(2 * answerBytesMax);
  });

  test("answered with a small file that unpacks to a large one is broken off", async () => {
    const upstream = await openUpstream((_request, response) =>
      response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" }).end(gzipSync(Buffer.alloc(1_000_000, " "))),
    );
    expect((await failureOf(ask(client({ limits: { answerBytesMax: 50_000 } }), upstream.url))).code).toBe("source.malformed");
  });

  test("broken off by its caller fails with the caller's reason", async () => {
    const arrived = gate();
    const upstream = await openUpstream(() => arrived.resolve());
    const stop = new AbortController();
    const call = failureOf(ask(client(), upstream.url, stop.signal));
    await arrived.promise;
    stop.abort(new Failure("cancelled", "the run was cancelled"));
    expect((await call).code).toBe("cancelled");
  });

  test("of a client that is closed fails as process.stopping", async () => {
    const upstream = await openUpstream(fine);
    const closed = client();
    await closed.close();
    expect((await failureOf(ask(closed, upstream.url))).code).toBe("process.stopping");
  });
});

describe("connections", () => {
  test("to one origin are bounded and reused", async () => {
    const upstream = await openUpstream(fine);
    const asking = client({ limits: { socketsPerOriginMax: 3 } });
    await Promise.all(Array.from({ length: 30 }, () => ask(asking, upstream.url)));
    expect(upstream.sockets).toMatchObject({ accepted: 3, openMax: 3 });
    await asking.close();
  });

  test("are waited for before the clock starts", async () => {
    const upstream = await openUpstream((request, response) => void setTimeout(() => fine(request, response), 400));
    const asking = client({ limits: { socketsPerOriginMax: 1, responseMs: 2_000, requestMs: 2_000 } });
    const answers = await Promise.all(Array.from({ length: 6 }, () => ask(asking, upstream.url)));
    expect(answers).toHaveLength(6);
  });

  test("waited for are given up when the caller breaks off", async () => {
    const upstream = await openUpstream(() => {});
    const asking = client({ limits: { socketsPerOriginMax: 1 } });
    const first = new AbortController();
    const second = new AbortController();
    const hanging = failureOf(ask(asking, upstream.url, first.signal));
    const queued = failureOf(ask(asking, upstream.url, second.signal));
    second.abort(new Failure("cancelled", "no longer wanted"));
    expect((await queued).code).toBe("cancelled");
    first.abort(new Failure("cancelled", "no longer wanted"));
    await hanging;
  });
});

describe("origins", () => {
  test("have a breaker each: one that is down leaves another's closed, and recovers", async () => {
    let isDown = true;
    const flaky = await openUpstream((request, response) => (isDown ? void response.writeHead(500).end() : fine(request, response)));
    const steady = await openUpstream(fine);
    const halfOpen = gate();
    const changes: [string, BreakerState][] = [];
    const asking = client({
      limits: { breakerCallsMin: 3, breakerResetMs: 1_500 },
      onBreakerChange: (origin, state) => {
        changes.push([origin, state]);
        if (state === "half-open") halfOpen.resolve();
      },
    });

    for (let call = 0; call < 3; call += 1) expect((await failureOf(ask(asking, flaky.url))).code).toBe("source.unavailable");
    expect((await failureOf(ask(asking, flaky.url))).code).toBe("source.breaker-open");
    expect(await ask(asking, steady.url)).toEqual({ ok: true });
    expect(asking.breakers()).toEqual([
      { origin: flaky.url.origin, state: "open" },
      { origin: steady.url.origin, state: "closed" },
    ]);

    isDown = false;
    await halfOpen.promise;
    expect(await ask(asking, flaky.url)).toEqual({ ok: true });
    expect(changes).toEqual([
      [flaky.url.origin, "open"],
      [flaky.url.origin, "half-open"],
      [flaky.url.origin, "closed"],
    ]);
  });

  test("that hang are given up after as many calls as the breaker needs to judge", async () => {
    let requests = 0;
    const upstream = await openUpstream(() => void (requests += 1));
    const asking = client({ limits: { responseMs: 20, breakerCallsMin: 4, socketsPerOriginMax: 2 } });
    const failures = await Promise.all(Array.from({ length: 40 }, () => failureOf(ask(asking, upstream.url))));
    expect(new Set(failures.map(({ code }) => code))).toEqual(new Set(["source.timeout", "source.breaker-open"]));
    expect(requests).toBeLessThanOrEqual(4 + 2);
  });
});
