import { EventEmitter } from "node:events";
import { PassThrough } from "node:stream";
import { beforeEach, describe, expect, test } from "vitest";
import { ConfigError } from "./config.js";
import { type Lifecycle, type RunOptions, runProcess } from "./lifecycle.js";
import { createLogger } from "./logger.js";

/** A process that is only played: signals are events, and its end is remembered. */
class PlayedHost extends EventEmitter {
  readonly stdout = new EventEmitter();
  exitCode: number | null = null;
  exit(code: number): void {
    this.exitCode ??= code;
  }
}

let host: PlayedHost;
let output: PassThrough;
beforeEach(() => {
  host = new PlayedHost();
  output = new PassThrough();
});

const run = (start: (lifecycle: Lifecycle) => Promise<void>, options: RunOptions = {}): Promise<void> =>
  runProcess("played", (lifecycle) => {
    lifecycle.useLogger(createLogger({ process: "played", output }));
    return start(lifecycle);
  }, { host, ...options });

const told = (): string => String(output.read() ?? "");

describe("a process", () => {
  test.each(["SIGTERM", "SIGINT"])("stops on %s in reverse order of opening, one thing at a time, and ends with 0", async (signal) => {
    const order: string[] = [];
    await run(async ({ onStop, stopping }) => {
      onStop("database", () => void order.push("database"));
      onStop("consumer", async () => {
        order.push(`consumer drains, stopping: ${stopping.aborted}`);
        await new Promise((resolve) => setImmediate(resolve));
        order.push("consumer drained");
      });
      onStop("server", () => void order.push("server"));
      setImmediate(() => host.emit(signal));
    });
    expect(order).toEqual(["server", "consumer drains, stopping: true", "consumer drained", "database"]);
    expect(host.exitCode).toBe(0);
    expect(told()).toMatch(/process started[^]*process stops[^]*process stopped/);
  });

  test("stops what it had opened when a signal comes during the start", async () => {
    const order: string[] = [];
    await run(async ({ onStop, stopping }) => {
      onStop("opened before the signal", () => void order.push("before"));
      host.emit("SIGTERM");
      expect(stopping.aborted).toBe(true);
      onStop("opened after the signal", () => void order.push("after"));
    });
    expect(order.toSorted()).toEqual(["after", "before"]);
    expect(host.exitCode).toBe(0);
    expect(told()).not.toContain("process started");
  });

  test("ends with 1 when one thing does not stop in time, and names it", async () => {
    await run(async ({ onStop, stop }) => {
      onStop("consumer", () => new Promise(() => undefined));
      stop("enough");
    }, { stopWithinMs: 50 });
    expect(host.exitCode).toBe(1);
    expect(told()).toMatch(/did not stop in time.*"waitingFor":"consumer"/);
  });

  test("stops the rest when one thing cannot stop, and ends with 1", async () => {
    const order: string[] = [];
    await run(async ({ onStop, stop }) => {
      onStop("database", () => void order.push("database"));
      onStop("server", () => Promise.reject(new Error("stuck")));
      stop("enough");
    });
    expect(order).toEqual(["database"]);
    expect(host.exitCode).toBe(1);
  });

  test("tells wrong settings without a stack and ends with 2", async () => {
    await run(() => Promise.reject(new ConfigError(["DATABASE_URL: is not set"])));
    expect(host.exitCode).toBe(2);
    const text = told();
    expect(text).toContain("DATABASE_URL: is not set");
    expect(text).not.toContain("at ");
  });

  test.each([
    ["a taken port", Object.assign(new Error("listen EADDRINUSE: address already in use 127.0.0.1:3000"), { code: "EADDRINUSE" }), {}],
    ["what the app expects", Object.assign(new Error("migration 0002 is pending"), { name: "MigrationError" }), { isExpected: (error: unknown) => error instanceof Error && error.name === "MigrationError" }],
  ])("tells %s without a stack, closes what it had opened and ends with 1", async (_what, error, options) => {
    const order: string[] = [];
    await run(async ({ onStop }) => {
      onStop("database", () => void order.push("database"));
      throw error;
    }, options);
    expect(host.exitCode).toBe(1);
    expect(order).toEqual(["database"]);
    const text = told();
    expect(text).toContain(error.message);
    expect(text).not.toContain("stack");
  });

  test("tells a fault of ours with its stack", async () => {
    await run(() => Promise.reject(new TypeError("x is not a function")));
    expect(told()).toMatch(/"name":"TypeError".*"stack":"TypeError: x is not a function/);
    expect(host.exitCode).toBe(1);
  });

  test.each(["uncaughtException", "unhandledRejection"])("ends at once with 1 on an %s", async (event) => {
    await run(async ({ onStop }) => {
      onStop("consumer", () => new Promise(() => undefined));
      setImmediate(() => host.emit(event, new Error("lost")));
    });
    expect(host.exitCode).toBe(1);
    expect(told()).toMatch(/uncaught exception|unhandled rejection/);
  });

  test("does not wait when Ctrl-C is pressed twice", async () => {
    await run(async ({ onStop }) => {
      onStop("consumer", () => new Promise(() => undefined));
      setImmediate(() => {
        host.emit("SIGINT");
        host.emit("SIGINT");
      });
    });
    expect(host.exitCode).toBe(130);
  });
});
