import { once } from "node:events";
import { connect } from "node:net";
import type { NumberedEvent } from "@levain/contracts";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { WebSocket } from "ws";
import { finishedEvent, openSampleProducer, productOf, RUNS, stageEvent, startRunOf, trainOne, type SampleProducer } from "./sample-producer.js";

let producer: SampleProducer;
let url: string;
beforeEach(async () => {
  producer = await openSampleProducer({ postgresUrl: inject("postgresUrl"), redisUrl: inject("redisUrl"), settings: { heartbeatMs: 50 } });
  url = await producer.server.listen({ host: "127.0.0.1", port: 0 });
});
afterEach(() => producer.close());

const accepted = async (): Promise<string> => (await producer.server.inject({ method: "POST", url: RUNS, headers: producer.tenant })).json().id;

const open = (runId: string, headers: Record<string, string> = {}, signal?: AbortSignal) =>
  fetch(`${url}${RUNS}/${runId}/events`, { headers: { ...producer.tenant, ...headers }, ...(signal && { signal }) });

type Message = { readonly id?: string; readonly event?: string; readonly data?: string; readonly comment?: string };

/** The messages of a stream as they come, `: comments` included. */
async function* messagesOf(response: Response): AsyncGenerator<Message> {
  let text = "";
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    for (let end = text.indexOf("\n\n"); end !== -1; end = text.indexOf("\n\n")) {
      const fields = text.slice(0, end).split("\n").map((line) => [line.slice(0, line.indexOf(":")) || "comment", line.slice(line.indexOf(": ") + 2)]);
      text = text.slice(end + 2);
      yield Object.fromEntries(fields) as Message;
    }
  }
}

const untilEnd = async (response: Response): Promise<Message[]> => {
  const messages: Message[] = [];
  for await (const message of messagesOf(response)) if (message.id !== undefined) messages.push(message);
  return messages;
};

describe("following a run", () => {
  test("brings what has happened, then what happens, and ends after run.finished", async () => {
    const runId = await accepted();
    const response = await open(runId);
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/event-stream; charset=utf-8"]);
    const seen: Message[] = [];
    for await (const message of messagesOf(response)) {
      if (message.id === undefined) continue;
      seen.push(message);
      // Each next event is published only once the one before was received.
      if (seen.length === 1) await producer.deps.publish(stageEvent(runId, "croissant"));
      if (seen.length === 2) await producer.deps.publish(finishedEvent(runId));
    }
    expect(seen.map(({ event }) => event)).toEqual(["run.accepted", "product.stage", "run.finished"]);
    expect(seen.map(({ data }) => JSON.parse(data ?? ""))).toMatchObject([{ type: "run.accepted" }, stageEvent(runId, "croissant"), finishedEvent(runId)]);
    expect(seen.every(({ id }) => /^\d+-\d+$/.test(id ?? ""))).toBe(true);
  });

  test("resumes after the last event seen, by header or, where headers cannot be set, by address", async () => {
    const runId = await accepted();
    const second = await producer.deps.publish(stageEvent(runId, "croissant"));
    await producer.deps.publish(stageEvent(runId, "rye"));
    await producer.deps.publish(finishedEvent(runId));
    const byHeader = await untilEnd(await open(runId, { "last-event-id": String(second) }));
    const byAddress = await untilEnd(await fetch(`${url}${RUNS}/${runId}/events?lastEventId=${second}`, { headers: producer.tenant }));
    expect(byHeader.map(({ event }) => event)).toEqual(["product.stage", "run.finished"]);
    expect(byAddress).toEqual(byHeader);
  });

  test("while nothing happens says that the connection lives", async () => {
    const leave = new AbortController();
    for await (const { comment } of messagesOf(await open(await accepted(), {}, leave.signal))) if (comment !== undefined) break;
  });

  test("ends although run.finished was never published: Postgres knows", async () => {
    const runId = await accepted();
    const response = await open(runId);
    await startRunOf(producer.db, runId, []);
    const messages = await untilEnd(response);
    expect(messages.map(({ event }) => event)).toEqual(["run.accepted", "run.finished"]);
    expect(JSON.parse(messages.at(-1)?.data ?? "")).toMatchObject({ status: "finished", totals: { products: 0 } });
  });

  test("of a run whose events are gone tells at least how it ended", async () => {
    const runId = await trainOne(producer.db, "croissant");
    expect((await untilEnd(await open(runId))).map(({ event, data }) => [event, JSON.parse(data ?? "").totals.trained])).toEqual([["run.finished", 1]]);
  });

  test("again after its end is answered 204, so that a browser stays away", async () => {
    const runId = await accepted();
    await startRunOf(producer.db, runId, []);
    const last = await producer.deps.publish(finishedEvent(runId));
    expect((await open(runId, { "last-event-id": String(last) })).status).toBe(204);
  });

  test("of a missing run, or without a key, is refused before the stream begins", async () => {
    expect((await open(crypto.randomUUID())).status).toBe(404);
    expect((await open(await accepted(), { authorization: "Bearer lvn_x" })).status).toBe(401);
  });

  test("ends when the process stops, so that the watcher comes back elsewhere", async () => {
    const messages = messagesOf(await open(await accepted()));
    await messages.next();
    await producer.server.close();
    for await (const message of messages) expect(message.event).not.toBe("run.finished");
  });

  test("holds up the process's end no longer than its last answer, whatever connections clients keep", async () => {
    const idle = connect(Number(new URL(url).port), "127.0.0.1");
    await once(idle, "connect");
    const closed = once(idle, "close");
    await producer.server.close();
    await closed;
  });

  test("is one line in the log when the watcher leaves", async () => {
    const leave = new AbortController();
    const runId = await accepted();
    const messages = messagesOf(await open(runId, { "x-request-id": "watcher" }, leave.signal));
    await messages.next();
    leave.abort();
    await expect.poll(() => producer.log().filter(({ requestId }) => requestId === "watcher")).toMatchObject([{ message: "request served", status: 200, path: `${RUNS}/${runId}/events` }]);
  });
});

describe("following a run over a WebSocket", () => {
  const watch = (runId: string, query = "", headers: Record<string, string> = producer.tenant) =>
    new WebSocket(`${url.replace("http", "ws")}${RUNS}/${runId}/events${query}`, { headers });

  const closing = async (socket: WebSocket): Promise<{ code: number; news: NumberedEvent[] }> => {
    const news: NumberedEvent[] = [];
    socket.on("message", (data: Buffer) => news.push(JSON.parse(data.toString()) as NumberedEvent));
    const [code] = (await once(socket, "close")) as [number];
    return { code, news };
  };

  test("brings the same events with their ids and closes after the last", async () => {
    const runId = await accepted();
    const first = await producer.deps.publish(stageEvent(runId, "croissant"));
    const last = await producer.deps.publish(finishedEvent(runId));
    const { code, news } = await closing(watch(runId));
    expect(code).toBe(1000);
    expect(news.map(({ event }) => event.type)).toEqual(["run.accepted", "product.stage", "run.finished"]);
    expect((await closing(watch(runId, `?lastEventId=${first}`))).news).toEqual([{ id: last, event: finishedEvent(runId) }]);
    await expect.poll(() => producer.log().filter(({ status }) => status === 101)).toHaveLength(2);
  });

  test("is kept alive while nothing happens, and told when the process goes away", async () => {
    const socket = watch(await accepted());
    await once(socket, "ping");
    await once(socket, "ping");
    const closed = closing(socket);
    await producer.server.close();
    expect((await closed).code).toBe(1001);
  });

  test("is refused without a key, to another tenant, for a missing run and for an id that is none", async () => {
    const runId = await accepted();
    const refusals = [
      [() => watch(runId, "", {}), 401],
      [() => watch(runId, "", producer.otherTenant), 404],
      [() => watch(crypto.randomUUID()), 404],
      [() => watch(runId, "?lastEventId=yesterday"), 400],
    ] as const;
    for (const [attempt, status] of refusals) {
      const [error] = (await once(attempt(), "error")) as [Error];
      expect.soft(error.message).toBe(`Unexpected server response: ${status}`);
    }
  });

  test("with a product that fails the run goes on", async () => {
    const runId = await accepted();
    await startRunOf(producer.db, runId, [productOf("croissant")]);
    const closed = closing(watch(runId));
    await producer.deps.publish({ type: "product.failed", runId, at: new Date().toISOString(), productId: "croissant", code: "source.malformed", message: "expected JSON" });
    await producer.deps.publish(finishedEvent(runId));
    expect((await closed).news.map(({ event }) => event.type)).toEqual(["run.accepted", "product.failed", "run.finished"]);
  });
});
