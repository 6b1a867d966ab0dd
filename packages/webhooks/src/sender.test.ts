import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Failure } from "@levain/contracts";
import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openSender, type AddressGuard, type Receiver, type Sender, type SenderOptions } from "./sender.js";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const BEFORE = "whsec_c2VjcmV0IG9mIHRoZSByb3RhdGlvbiBiZWZvcmU=";
const MESSAGE = { id: "msg_1", type: "run.finished", occurredAt: new Date("2026-05-01T04:15:00Z"), data: { runId: "r", name: "Brötchen 🥐" } };

/** Here the receivers are on this machine; what may be connected to is `packages/sources`' business. */
const ANYWHERE: AddressGuard = { check: () => undefined, lookup: (_name, { all }, done) => (all ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4)) };

type Came = { readonly headers: IncomingHttpHeaders; readonly body: string };
let receiver: Server;
let came: Came[];
let answer: (headers: Record<string, string>) => number | "never";
let sender: Sender;

beforeEach(async () => {
  came = [];
  answer = () => 204;
  receiver = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    came.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
    const headers: Record<string, string> = {};
    const status = answer(headers);
    if (status !== "never") response.writeHead(status, headers).end("not read");
  }).listen(0, "127.0.0.1");
  await once(receiver, "listening");
  sender = openSender({ guard: ANYWHERE });
});
afterEach(async () => {
  await sender.close();
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
});

const portOf = (): number => (receiver.address() as AddressInfo).port;
const at = (changes: Partial<Receiver> = {}): Receiver => ({ id: "webhook-1", url: `http://shop.example:${portOf()}/hooks?token=x`, secrets: [SECRET], ...changes });
const send = (to = at(), signal = new AbortController().signal): Promise<number> => sender.send(to, MESSAGE, signal);
const restart = async (options: Partial<SenderOptions>): Promise<void> => {
  await sender.close();
  sender = openSender({ guard: ANYWHERE, ...options });
};

describe("a message", () => {
  test("arrives as Standard Webhooks has it, and its signature verifies", async () => {
    expect(await send()).toBe(204);
    const [{ headers, body } = { headers: {}, body: "" }] = came;
    expect(new Webhook(SECRET).verify(body, headers as Record<string, string>)).toEqual({ type: "run.finished", timestamp: "2026-05-01T04:15:00.000Z", data: MESSAGE.data });
    expect(headers).toMatchObject({ "webhook-id": "msg_1", "content-type": "application/json" });
  });

  test("altered, or signed by another, does not verify", async () => {
    await send();
    const [{ headers, body } = { headers: {}, body: "" }] = came;
    const verify = (secret: string, text: string) => () => new Webhook(secret).verify(text, headers as Record<string, string>);
    expect(verify(SECRET, body.replace("r", "s"))).toThrow("No matching signature");
    expect(verify(BEFORE, body)).toThrow("No matching signature");
  });

  test("verifies with either secret while a rotation lasts", async () => {
    await send(at({ secrets: [SECRET, BEFORE] }));
    const [{ headers, body } = { headers: {}, body: "" }] = came;
    for (const secret of [SECRET, BEFORE]) expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toMatchObject({ type: "run.finished" });
  });

  test("sent again has its id and body of before, and a timestamp of now", async () => {
    let now = new Date();
    await restart({ now: () => now });
    await send();
    now = new Date(now.getTime() + 60_000);
    await send();
    const [first, second] = came;
    expect([second?.body, second?.headers["webhook-id"]]).toEqual([first?.body, "msg_1"]);
    expect(Number(second?.headers["webhook-timestamp"]) - Number(first?.headers["webhook-timestamp"])).toBe(60);
  });
});

describe("an answer", () => {
  test.each([
    [200, null],
    [202, null],
    [301, "webhook.rejected"],
    [302, "webhook.rejected"],
    [400, "webhook.rejected"],
    [401, "webhook.rejected"],
    [404, "webhook.rejected"],
    [408, "webhook.unavailable"],
    [410, "webhook.gone"],
    [429, "webhook.unavailable"],
    [500, "webhook.unavailable"],
    [503, "webhook.unavailable"],
  ] as const)("of %i comes to %s", async (status, code) => {
    answer = (headers) => {
      headers["location"] = `http://127.0.0.1:${portOf()}/elsewhere`;
      headers["retry-after"] = "7";
      return status;
    };
    const failure = await send().then(() => null, (error: Failure) => error);
    expect(failure?.code ?? null).toBe(code);
    expect(failure?.retryAfterMs).toBe(status === 429 || status === 503 ? 7_000 : undefined);
    expect(came).toHaveLength(1);
  });

  test("that does not come in time, or from nobody, is a receiver that is unavailable", async () => {
    await restart({ limits: { answerMs: 100 } });
    answer = () => "never";
    await expect(send()).rejects.toMatchObject({ code: "webhook.unavailable", facts: { error: "ETIMEDOUT" } });
    await expect(send(at({ id: "webhook-2", url: "http://shop.example:1/" }))).rejects.toMatchObject({ code: "webhook.unavailable", facts: { error: "ECONNREFUSED" } });
  });

  test("that is still to come when the process stops is waited for by another", async () => {
    answer = () => "never";
    const sent = send();
    sent.catch(() => undefined);
    await once(receiver, "request");
    await sender.close();
    await expect(sent).rejects.toMatchObject({ code: "process.stopping" });
  });
});

describe("an address that may not be connected to", () => {
  test("is refused by what it says, and by what its name stands for, and nothing is sent", async () => {
    const forbidden = new Failure("source.forbidden-address", "expected a public address, got a loopback one");
    await restart({ guard: { ...ANYWHERE, check: () => { throw forbidden; } } });
    await expect(send()).rejects.toMatchObject({ code: "webhook.forbidden-address", message: forbidden.message });
    await restart({ guard: { ...ANYWHERE, lookup: (_name, _options, done) => done(forbidden, []) } });
    await expect(send()).rejects.toMatchObject({ code: "webhook.forbidden-address" });
    expect(came).toEqual([]);
  });
});

describe("a receiver that is dead or slow", () => {
  test("is left alone for a while, and the others are not", async () => {
    const dead = at({ id: "dead", url: "http://shop.example:1/" });
    for (let time = 0; time < 3; time++) await expect(send(dead)).rejects.toMatchObject({ code: "webhook.unavailable" });
    const left = await send(dead).catch((error: Failure) => error);
    expect(left).toMatchObject({ code: "webhook.breaker-open", disposition: "retry" });
    expect((left as Failure).retryAfterMs).toBeGreaterThan(20_000);
    expect(await send()).toBe(204);
  });

  test("that is back is found by one message, and told the rest", async () => {
    await restart({ limits: { breakerResetMs: 1 } });
    answer = () => 500;
    for (let time = 0; time < 3; time++) await expect(send()).rejects.toMatchObject({ code: "webhook.unavailable" });
    answer = () => 204;
    await expect.poll(() => send().catch((error: Failure) => error.code)).toBe(204);
    expect(await Promise.all([send(), send()])).toEqual([204, 204]);
  });

  test("that answers with a refusal is there: no breaker opens", async () => {
    answer = () => 401;
    for (let time = 0; time < 10; time++) await expect(send()).rejects.toMatchObject({ code: "webhook.rejected" });
    expect(came).toHaveLength(10);
  });

  test("takes no more than its places", async () => {
    await restart({ limits: { sendingMax: 2 } });
    answer = () => "never";
    const sent = [send(), send()];
    for (const each of sent) each.catch(() => undefined);
    await expect(send()).rejects.toMatchObject({ code: "webhook.busy", disposition: "defer" });
    await expect.poll(() => came.length).toBe(2);
    await sender.close();
    for (const each of sent) await expect(each).rejects.toMatchObject({ code: "process.stopping" });
  });
});
