import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import { createLogger, type LogLevel, type Logger } from "./logger.js";

function listen(level?: LogLevel): { log: Logger; lines(): Record<string, unknown>[] } {
  const output = new PassThrough();
  const log = createLogger({ process: "worker-1", output, ...(level ? { level } : {}) });
  return {
    log,
    lines: () => {
      const text = String(output.read() ?? "");
      return text.split("\n").filter(Boolean).map((line) => JSON.parse(line) as Record<string, unknown>);
    },
  };
}

describe("a log line", () => {
  test("is one JSON object: when, how grave, a constant sentence, and fields", () => {
    const { log, lines } = listen();
    log.info("product trained", { productId: "croissant", wape: 0.21, note: "two\nlines" });
    const [line] = lines();
    expect(line).toEqual({ at: expect.stringMatching(/^\d{4}-.*Z$/), level: "info", message: "product trained", process: "worker-1", productId: "croissant", wape: 0.21, note: "two\nlines" });
  });

  test("below the level is not written", () => {
    const { log, lines } = listen("warn");
    log.debug("a");
    log.info("b");
    log.warn("c");
    log.error("d");
    expect(lines().map((line) => line["message"])).toEqual(["c", "d"]);
  });

  test("carries the fields of the logger it came from", () => {
    const { log, lines } = listen();
    log.child({ requestId: "r1" }).child({ runId: "6f1c" }).info("run accepted", { tenantId: "corner-bakery" });
    expect(lines()).toEqual([expect.objectContaining({ process: "worker-1", requestId: "r1", runId: "6f1c", tenantId: "corner-bakery" })]);
  });

  test("holds no secret, wherever it was put", () => {
    const { log, lines } = listen();
    log.child({ authorization: "hunter2" }).error("could not connect to redis://:hunter2@cache", {
      error: new Error("failed", { cause: new Error("postgres://u:hunter2@db/x") }),
      headers: { "x-api-key": "hunter2" },
      key: "lvn_tenant_k1_hunter2",
    });
    expect(JSON.stringify(lines())).not.toContain("hunter2");
  });

  test("keeps its own words when a field has the same name", () => {
    const { log, lines } = listen();
    log.info("product trained", { level: "high", message: "x", line: "y", at: "z", splat: 1 });
    expect(lines()).toEqual([expect.objectContaining({ level: "info", message: "product trained", line: "y", splat: 1 })]);
  });
});
