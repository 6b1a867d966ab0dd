import { once } from "node:events";
import { expect, inject, test } from "vitest";
import { WebSocket } from "ws";
import { openSampleProducer, RUNS } from "./sample-producer.js";
test("zz", async () => {
  const t0 = performance.now();
  const say = (...x: unknown[]) => process.stderr.write(`${Math.round(performance.now() - t0)} ${x.join(" ")}\n`);
  const producer = await openSampleProducer({ postgresUrl: inject("postgresUrl"), redisUrl: inject("redisUrl"), settings: { heartbeatMs: 50 } });
  const url = await producer.server.listen({ host: "127.0.0.1", port: 0 });
  say("open"); producer.server.server.on("connection", (c) => { say("conn", c.remotePort); c.on("close", () => say("conn close", c.remotePort)); c.on("end", () => say("conn end", c.remotePort)); });
  const runId = (await producer.server.inject({ method: "POST", url: RUNS, headers: producer.tenant })).json().id;
  say("accepted");
  const leave = new AbortController();
  const r = await fetch(`${url}${RUNS}/${runId}/events`, { headers: producer.tenant, signal: leave.signal });
  const reader = r.body!.getReader(); await reader.read(); say("read"); leave.abort();
  producer.log().length;
  await expect.poll(() => producer.log().filter(({ path }) => String(path).includes("events")).length, { timeout: 8000 }).toBe(1);
  say("logged");
  for (const [q, h] of [["", {}], ["", producer.otherTenant], ["?lastEventId=yesterday", producer.tenant]] as const) {
    const s = new WebSocket(`${url.replace("http", "ws")}${RUNS}/${runId}/events${q}`, { headers: h });
    s.on("close", () => say("close"));
    s.on("open", () => say("OPEN")); s.on("error", (e) => say("error", e.message));
    const [e] = await once(s, "error") as [Error]; say(q, e.message);

  }
  say("closing"); producer.server.server.getConnections((e, n) => say("connections", n)); for (const h of (process as any)._getActiveHandles()) if (h.remotePort) say("handle", h.localPort, h.remotePort, h.constructor.name, h._httpMessage?.path ?? "", h._httpMessage?.req?.url ?? "", h.destroyed, h.readableEnded, h.writableEnded);
  await producer.server.close(); say("server"); await producer.close(); say("closed");
}, 30000);
