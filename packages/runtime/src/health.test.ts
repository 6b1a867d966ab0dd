import { afterEach, describe, expect, test } from "vitest";
import { type HealthServer, serveHealth } from "./health.js";

const metrics = { text: async () => "up 1\n", contentType: "text/plain; version=0.0.4" };

let server: HealthServer;
afterEach(() => server.close());

const get = async (path: string, method = "GET") => {
  const response = await fetch(`${server.url}${path}`, { method });
  return { status: response.status, type: response.headers.get("content-type"), body: await response.text() };
};

describe("a process's health", () => {
  test("is ready when every check answers", async () => {
    server = await serveHealth({ port: 0, host: "127.0.0.1", checks: { redis: async () => "PONG", postgres: async () => 1 }, metrics });
    expect(await get("/readyz")).toMatchObject({ status: 200, body: '{"status":"ok","checks":{"redis":"ok","postgres":"ok"}}\n' });
    expect(await get("/healthz")).toMatchObject({ status: 200 });
  });

  test("is not ready when one check fails or hangs, but alive; and says which, without secrets", async () => {
    server = await serveHealth({
      port: 0,
      host: "127.0.0.1",
      checks: { redis: () => Promise.reject(new Error("connect redis://:hunter2@cache")), postgres: () => new Promise(() => undefined), disk: async () => undefined },
      metrics,
    });
    const { status, body } = await get("/readyz");
    expect(status).toBe(503);
    expect(JSON.parse(body)).toEqual({ status: "unavailable", checks: { redis: "connect redis://[redacted]@cache", postgres: "no answer within 2000 ms", disk: "ok" } });
    expect((await get("/healthz")).status).toBe(200);
  });

  test("is dead when a vital check fails", async () => {
    server = await serveHealth({ port: 0, host: "127.0.0.1", checks: {}, vitals: { consumer: () => Promise.reject(new Error("takes no jobs")) }, metrics });
    expect(await get("/healthz")).toMatchObject({ status: 503, body: expect.stringContaining("takes no jobs") });
  });

  test("shows its metrics, and refuses the rest with what was expected", async () => {
    server = await serveHealth({ port: 0, host: "127.0.0.1", checks: {}, metrics });
    expect(await get("/metrics?x=1")).toEqual({ status: 200, type: metrics.contentType, body: "up 1\n" });
    expect(await get("/metrics", "HEAD")).toMatchObject({ status: 200, body: "" });
    expect(await get("/nothing")).toMatchObject({ status: 404, body: expect.stringContaining("/readyz") });
    expect(await get("/constructor")).toMatchObject({ status: 404 });
    expect(await get("/healthz", "POST")).toMatchObject({ status: 405 });
  });

  test("fails to start on a taken port, with the system's word for it", async () => {
    server = await serveHealth({ port: 0, host: "127.0.0.1", checks: {}, metrics });
    await expect(serveHealth({ port: server.port, host: "127.0.0.1", checks: {}, metrics })).rejects.toMatchObject({ code: "EADDRINUSE" });
  });
});
