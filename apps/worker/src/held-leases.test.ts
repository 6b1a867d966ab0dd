import { describe, expect, it } from "vitest";
import { holdLeases } from "./held-leases.js";

describe("the leases a worker holds", () => {
  it("are renewed once per run, from its first product training to its last", () => {
    const news: string[] = [];
    const held = holdLeases((tenantId, runId) => {
      news.push(`start ${tenantId}/${runId}`);
      return { stop: () => news.push(`stop ${tenantId}/${runId}`) };
    });
    const first = held.keep("a", "run-1");
    const second = held.keep("a", "run-1");
    expect(held.count()).toBe(1);
    first.stop();
    first.stop();
    expect(news).toEqual(["start a/run-1"]);
    second.stop();
    expect(news).toEqual(["start a/run-1", "stop a/run-1"]);
    expect(held.count()).toBe(0);
  });

  it("are renewed anew when a run comes back after a pause", () => {
    let renewals = 0;
    const held = holdLeases(() => ({ stop: () => void (renewals += 1) }));
    held.keep("a", "run-1").stop();
    held.keep("a", "run-1").stop();
    expect(renewals).toBe(2);
  });
});
