import { Failure, type Tenant } from "@levain/contracts";
import { openSources, type Sources } from "@levain/sources";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createFaults, Fault } from "./faults.js";
import { startSandbox, type Sandbox, type SandboxTenant } from "./server.js";
import { demoBakery } from "./simulated-bakery.js";

const LAST_DAY = "2026-05-10";
const range = { from: "2026-05-01", until: LAST_DAY };
const bakery = demoBakery(LAST_DAY);
const signal = new AbortController().signal;

let sandbox: Sandbox;
let sources: Sources;
let tenant: Tenant;

beforeEach(async () => {
  sandbox = await startSandbox({ port: 0, bakeries: () => [bakery] });
  sources = openSources({ allow: ["127.0.0.1"], limits: { responseMs: 1_000, requestMs: 20_000 } });
  const { settings } = (await (await fetch(`${sandbox.url}/tenants/demo-bakery`)).json()) as SandboxTenant;
  tenant = { id: "demo-bakery", ...settings };
});
afterEach(async () => {
  await sources.close();
  await sandbox.close();
});

async function ask(fault: unknown): Promise<Response> {
  return fetch(`${sandbox.url}/faults`, { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify(fault) });
}

const loadRye = (): Promise<unknown> => sources.loadSales(tenant, { id: "rye-bread" }, range, signal);

const failureOf = (call: Promise<unknown>): Promise<Failure> =>
  call.then(
    () => expect.fail("expected a failure"),
    (error: Failure) => error,
  );

describe("a fault on request", () => {
  test.each([
    ["hang", "source.timeout"],
    ["500", "source.unavailable"],
    ["429", "source.rate-limited"],
    ["malformed", "source.malformed"],
    ["redirect", "source.rejected"],
    ["huge", "source.malformed"],
    ["refuse", "source.unavailable"],
  ] as const)("of the kind %s is told as %s", async (kind, code) => {
    expect((await ask({ match: { source: "sales" }, kind })).status).toBe(204);
    const failure = await failureOf(loadRye());
    expect(failure).toBeInstanceOf(Failure);
    expect(failure.code).toBe(code);
  });

  test("that is slow within the limits only takes longer, beyond them it is a timeout", async () => {
    await ask({ kind: "slow", delayMs: 10 });
    expect(await loadRye()).toMatchObject({ kind: "daily" });
    await ask({ kind: "slow", delayMs: 60_000 });
    expect((await failureOf(loadRye())).code).toBe("source.timeout");
  });

  test("that holds an answer back lets it go when the faults are cleared", async () => {
    await ask({ match: { productId: "rye-bread" }, kind: "hold" });
    const held = loadRye();
    const isHeld = Symbol("held");
    expect(await Promise.race([held, sources.loadSales(tenant, { id: "croissant" }, range, signal).then(() => isHeld)])).toBe(isHeld);
    await fetch(`${sandbox.url}/faults`, { method: "DELETE" });
    expect(await held).toMatchObject({ kind: "daily" });
  });

  test("of too many requests says when to come back", async () => {
    await ask({ kind: "429", retryAfterS: 7 });
    expect((await failureOf(loadRye())).retryAfterMs).toBe(7_000);
  });

  test("happens to those it matches, as often as asked, and ends when taken back", async () => {
    await ask({ match: { source: "sales", productId: "rye-bread" }, kind: "500", times: 1 });
    expect(await sources.loadSales(tenant, { id: "croissant" }, range, signal)).toMatchObject({ kind: "daily" });
    expect((await failureOf(loadRye())).code).toBe("source.unavailable");
    expect(await loadRye()).toMatchObject({ kind: "daily" });

    await ask({ kind: "500" });
    expect((await failureOf(loadRye())).code).toBe("source.unavailable");
    await fetch(`${sandbox.url}/faults`, { method: "DELETE" });
    expect(await loadRye()).toMatchObject({ kind: "daily" });
  });

  test("repeated opens the breaker of its origin, which then spares it", async () => {
    await ask({ match: { source: "sales" }, kind: "500" });
    for (let call = 0; call < 5; call += 1) expect((await failureOf(loadRye())).code).toBe("source.unavailable");
    const failure = await failureOf(loadRye());
    expect(failure).toMatchObject({ code: "source.breaker-open" });
    expect(failure.retryAfterMs).toBeGreaterThan(1_000);
    expect(sources.breakers()).toEqual([{ origin: sandbox.url, state: "open" }]);
    const { tenants } = (await (await fetch(`${sandbox.url}/requests`)).json()) as { tenants: { "demo-bakery": { sales: number } } };
    expect(tenants["demo-bakery"].sales).toBe(5);
  });

  test("that is none is refused with what was expected", async () => {
    const response = await ask({ kind: "earthquake" });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("kind: ");
  });

  test("with a share happens to about that share, the same ones for the same seed", () => {
    const happened = (): boolean[] => {
      const faults = createFaults(42);
      faults.put(Fault.parse({ kind: "500", share: 0.3 }));
      return Array.from({ length: 1_000 }, () => faults.take({ tenant: "t", source: "sales" }) !== null);
    };
    const share = happened().filter(Boolean).length / 1_000;
    expect(share).toBeGreaterThan(0.25);
    expect(share).toBeLessThan(0.35);
    expect(happened()).toEqual(happened());
  });
});
