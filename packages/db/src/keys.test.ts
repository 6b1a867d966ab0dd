import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { openSampleBakery, TENANT, type SampleBakery } from "./sample-bakery.js";

let world: SampleBakery;
beforeAll(async () => {
  world = await openSampleBakery(inject("postgresUrl"));
});
afterAll(() => world.close());

describe("a key", () => {
  test("opens what it was issued for, and nothing once it is revoked", async () => {
    const { keys } = world.db;
    const tenant = await keys.issue({ role: "tenant", tenantId: TENANT, label: "till" });
    const operator = await keys.issue({ role: "operator", label: "on call" });
    expect(await keys.authenticate(tenant.secret)).toEqual({ keyId: tenant.keyId, role: "tenant", tenantId: TENANT });
    expect(await keys.authenticate(operator.secret)).toEqual({ keyId: operator.keyId, role: "operator", tenantId: null });

    expect(await keys.revoke(tenant.keyId)).toBe(true);
    expect(await keys.revoke(tenant.keyId)).toBe(false);
    expect(await keys.authenticate(tenant.secret)).toBeNull();
    expect(await keys.authenticate(operator.secret)).not.toBeNull();
  });

  test("that is wrong, unknown, expired or no key at all opens nothing", async () => {
    const { keys } = world.db;
    const { secret } = await keys.issue({ role: "operator", label: "good" });
    const other = await keys.issue({ role: "operator", label: "other" });
    const expired = await keys.issue({ role: "operator", label: "old", expiresAt: new Date(Date.now() - 1) });
    const swapped = `${secret.slice(0, secret.lastIndexOf("_", 20))}_${"A".repeat(43)}`;
    const mixed = secret.replace(/^lvn_[0-9a-z]+/, `lvn_${other.keyId}`);
    for (const presented of [swapped, mixed, expired.secret, `${secret}x`, secret.slice(0, -1), secret.toUpperCase(), "", "lvn__", "lvn_'; DROP TABLE api_keys;--_x", "x".repeat(100_000)]) {
      expect(await keys.authenticate(presented), presented.slice(0, 40)).toBeNull();
    }
    expect(await keys.authenticate(secret)).not.toBeNull();
  });

  test("is replaced without a gap: two of a tenant's keys open it until the old one is revoked, which holds at once", async () => {
    const { keys } = world.db;
    const [old, next] = [await keys.issue({ role: "tenant", tenantId: TENANT, label: "2025" }), await keys.issue({ role: "tenant", tenantId: TENANT, label: "2026" })];
    expect(await keys.authenticate(old.secret)).toMatchObject({ tenantId: TENANT });
    expect(await keys.authenticate(next.secret)).toMatchObject({ tenantId: TENANT });
    expect(await keys.revoke(old.keyId, "another-bakery")).toBe(false);
    expect(await keys.revoke(old.keyId, TENANT)).toBe(true);
    expect([await keys.authenticate(old.secret), await keys.holder(old.keyId)]).toEqual([null, null]);
    expect(await keys.authenticate(next.secret)).toMatchObject({ tenantId: TENANT });
    const listed = (await keys.list(TENANT)).filter(({ keyId }) => [old.keyId, next.keyId].includes(keyId));
    expect(listed.map(({ label, revokedAt }) => [label, revokedAt === null]).sort()).toEqual([["2025", false], ["2026", true]]);
    expect(JSON.stringify(listed)).not.toContain("digest");
  });

  test("of a viewer is nobody's tenant, and of a role that this version does not know opens nothing", async () => {
    const { keys } = world.db;
    const viewer = await keys.issue({ role: "viewer", label: "night desk" });
    expect(await keys.authenticate(viewer.secret)).toEqual({ keyId: viewer.keyId, role: "viewer", tenantId: null });
    expect(await keys.holder(viewer.keyId)).toMatchObject({ role: "viewer" });
    expect((await keys.list(null)).map(({ keyId }) => keyId)).toContain(viewer.keyId);
    expect(await keys.holder("0123456789abcdee")).toBeNull();
  });

  test("takes as long to refuse when its id is unknown as when its secret is wrong", async () => {
    const { keys } = world.db;
    const { secret } = await keys.issue({ role: "operator", label: "timed" });
    const wrong = `${secret.slice(0, -4)}AAAA`;
    const unknown = `lvn_ffffffffffffffff_${"A".repeat(43)}`;
    const took = new Map<string, number[]>([[wrong, []], [unknown, []]]);
    // By turns, so that whatever else this machine does slows both.
    for (let time = 0; time < 101; time++) {
      for (const [presented, times] of took) {
        const since = performance.now();
        await keys.authenticate(presented);
        times.push(performance.now() - since);
      }
    }
    const medianMs = (presented: string): number => took.get(presented)?.sort((a, b) => a - b)[50] ?? Number.NaN;
    const ratio = medianMs(wrong) / medianMs(unknown);
    // The medians differ by a row read or not; a slow hash for known ids alone would make it ten times and more.
    expect(ratio).toBeGreaterThan(0.2);
    expect(ratio).toBeLessThan(5);
  });

  test("is kept nowhere in the database", async () => {
    const { secret } = await world.db.keys.issue({ role: "operator", label: "secret" });
    const client = new pg.Client({ connectionString: world.url });
    await client.connect();
    const { rows } = await client.query("SELECT api_keys::text AS row, encode(digest, 'escape') AS digest FROM api_keys");
    await client.end();
    expect(JSON.stringify(rows)).not.toContain(secret.slice(-43));
  });

  test("kept by its holder is adopted by a new database, once or often", async () => {
    const { keys } = world.db;
    const presented = `lvn_${"0123456789abcdef"}_${"s".repeat(43)}`;
    for (let time = 0; time < 2; time++) expect(await keys.adopt(presented, { role: "tenant", tenantId: TENANT, label: "demo" })).toEqual({ keyId: "0123456789abcdef" });
    expect(await keys.authenticate(presented)).toMatchObject({ tenantId: TENANT });
    await expect(keys.adopt("my password", { role: "operator", label: "no" })).rejects.toThrow(RangeError);
  });
});
