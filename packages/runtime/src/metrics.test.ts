import { afterEach, describe, expect, test, vi } from "vitest";
import { createMetrics, type Metrics } from "./metrics.js";

let metrics: Metrics;
afterEach(() => metrics.close());

describe("metrics", () => {
  test("carry the process's name, Node's own figures and the event-loop lag", async () => {
    metrics = createMetrics("worker-1");
    const text = await metrics.text();
    expect(text).toMatch(/process_resident_memory_bytes\{process="worker-1"\} \d+/);
    expect(text).toMatch(/event_loop_lag_seconds\{quantile="0.99",process="worker-1"\} \d/);
  });

  test("show a blocked event loop as lag, once", async () => {
    metrics = createMetrics("worker-1");
    const lagMaxSeconds = async () => Number(/event_loop_lag_seconds\{quantile="1"[^}]*\} (\S+)/.exec(await metrics.text())?.[1]);
    // Time is what is measured here: the clock looks every 10 ms and counts from one look to the next.
    const letItTick = () => new Promise((resolve) => setTimeout(resolve, 50));
    await letItTick();
    const until = performance.now() + 300;
    while (performance.now() < until);
    await letItTick();
    expect(await lagMaxSeconds()).toBeGreaterThan(0.2);
    // Told again and again it would never be less; a busy machine may need a second look until it lets the clock tick in time.
    await vi.waitUntil(async () => {
      await letItTick();
      return (await lagMaxSeconds()) < 0.2;
    }, { timeout: 30_000 });
  });

  test("are named by the app", async () => {
    metrics = createMetrics("worker-1");
    metrics.counter({ name: "stale_commits_total", help: "h" }).inc(2);
    metrics.histogram({ name: "stage_duration_seconds", help: "h", labelNames: ["stage"], buckets: [1] }).observe({ stage: "fit" }, 0.5);
    metrics.gauge({ name: "lease_held", help: "h", collect() { this.set(3); } });
    const text = await metrics.text();
    expect(text).toContain('stale_commits_total{process="worker-1"} 2');
    expect(text).toContain('stage_duration_seconds_count{process="worker-1",stage="fit"} 1');
    expect(text).toContain('lease_held{process="worker-1"} 3');
  });

  test("that cannot be read are left out, and the others stay", async () => {
    metrics = createMetrics("worker-1");
    metrics.gauge({ name: "queue_depth", help: "h", labelNames: ["queue"], collect: () => Promise.reject(new Error("redis is away")) }).set({ queue: "a" }, 1);
    metrics.gauge({ name: "single", help: "h", collect: () => Promise.reject(new Error("redis is away")) });
    metrics.gauge({ name: "lease_held", help: "h" }).set(1);
    const text = await metrics.text();
    expect(text).not.toMatch(/^(queue_depth|single)\{/m);
    expect(text).toMatch(/^lease_held\{.*\} 1$/m);
  });

  test("of two processes in one program do not meet", async () => {
    metrics = createMetrics("worker-1");
    metrics.counter({ name: "runs_total", help: "h" }).inc();
    const others = createMetrics("worker-2");
    others.counter({ name: "runs_total", help: "h" });
    expect(await others.text()).toContain('runs_total{process="worker-2"} 0');
    others.close();
  });
});
