import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { openSampleBakery, settingsOf, TENANT, type SampleBakery } from "./sample-bakery.js";

let world: SampleBakery;
beforeEach(async () => {
  world = await openSampleBakery(inject("postgresUrl"));
});
afterEach(() => world.close());

const run = { cutoff: "2026-05-01", deadlineAt: new Date("2026-05-02T10:00:00.000Z") };

describe("a night", () => {
  test("has one run, however many ticks claim it at once", async () => {
    const { nightly, runs } = world.db;
    const claims = await Promise.all(Array.from({ length: 30 }, () => nightly.claimNight(TENANT, "2026-05-02", run)));
    const runIds = claims.flatMap((claim) => (claim ? [claim.runId] : []));
    expect(runIds).toHaveLength(1);
    expect(await runs.openRuns()).toMatchObject([{ id: runIds[0], tenantId: TENANT, cutoff: "2026-05-01", status: "accepted" }]);
    expect(await world.bakery.run(runIds[0] ?? "")).toMatchObject({ trigger: "nightly" });
    expect(await nightly.lastNights()).toEqual(new Map([[TENANT, "2026-05-02"]]));
  });

  test("whose run has ended is not run again", async () => {
    const { nightly } = world.db;
    const claim = await nightly.claimNight(TENANT, "2026-05-02", run);
    await world.bakery.cancelRun(claim?.runId ?? "");
    expect(await nightly.claimNight(TENANT, "2026-05-02", run)).toBeNull();
    expect(await nightly.claimNight(TENANT, "2026-05-03", run)).not.toBeNull();
    expect(await nightly.lastNights()).toEqual(new Map([[TENANT, "2026-05-03"]]));
  });

  test("stays due while another run of the tenant is open", async () => {
    const { nightly } = world.db;
    const open = await nightly.claimNight(TENANT, "2026-05-02", run);
    expect(await nightly.claimNight(TENANT, "2026-05-03", run)).toBeNull();
    await world.bakery.cancelRun(open?.runId ?? "");
    expect(await nightly.claimNight(TENANT, "2026-05-03", run)).not.toBeNull();
  });

  test("of one tenant is not another's", async () => {
    const { nightly, tenants } = world.db;
    expect(await tenants.put("other-bakery", settingsOf("Other"))).toBe("created");
    expect(await tenants.put("other-bakery", settingsOf("Other Bakery"))).toBe("updated");
    expect((await tenants.list()).map(({ id, name }) => [id, name])).toEqual([[TENANT, "Corner Bakery"], ["other-bakery", "Other Bakery"]]);
    expect(await nightly.claimNight(TENANT, "2026-05-02", run)).not.toBeNull();
    expect(await nightly.claimNight("other-bakery", "2026-05-02", run)).not.toBeNull();
  });
});
