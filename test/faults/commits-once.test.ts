import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { bakeryId } from "./rig/bakeries.js";
import { openChance, type Chance } from "./rig/chance.js";
import { createCommitCutter } from "./rig/commit-cutter.js";
import { record, seconds } from "./rig/figures.js";
import { openFleet, type Fleet } from "./rig/fleet.js";
import { judge } from "./rig/oracle.js";
import { untilRunsEnded } from "./rig/runs.js";
import { openProxy, type TcpProxy } from "./rig/tcp-proxy.js";

const CUTS = 200;
const TENANTS = 6;
const PRODUCTS = 100;
/** Commits that are cut, as a share: a product whose every attempt is cut would rightly fail. */
const CUT_SHARE = 0.4;

describe("a commit whose answer is lost on the way", () => {
  let fleet: Fleet;
  let proxy: TcpProxy;
  let chance: Chance;
  beforeAll(async () => {
    chance = openChance("connection cut during commit");
    proxy = await openProxy({ port: Number(new URL(inject("postgresUrl")).port) });
    fleet = await openFleet({ workers: 0 });
    await Promise.all([fleet.addWorker(fleet.through({ postgres: proxy })), fleet.addWorker(fleet.through({ postgres: proxy }))]);
  });
  afterAll(async () => {
    await fleet?.close();
    await proxy?.close();
  });

  it("leaves exactly one model, however often the connection is cut between commit and answer", async () => {
    let left = CUTS;
    const cutter = createCommitCutter(() => {
      if (left === 0 || chance.next() >= CUT_SHARE) return null;
      left -= 1;
      return chance.pick(["before", "after"]);
    });
    const tenants = [];
    for (let number = 1; number <= TENANTS; number += 1) tenants.push(await fleet.addTenant(bakeryId(PRODUCTS, number)));
    proxy.watch(cutter.watcher);
    // Connections that stand were made unwatched.
    proxy.cut();

    const startedAt = performance.now();
    await Promise.all(tenants.map((tenant) => tenant.start()));
    await untilRunsEnded(fleet.sql);
    const cuts = cutter.cuts();
    expect(cuts.before + cuts.after).toBe(CUTS);
    expect(await judge(fleet)).toMatchObject({ trainings: TENANTS * PRODUCTS, failed: 0, dead: 0 });
    await record("connection cut during commit", { cuts: CUTS, committedUntold: cuts.after, duplicates: 0, lost: 0, seconds: seconds(performance.now() - startedAt) });
  });

  it("ends the run and tells its watchers, though the lost answer was the one of its last product", async () => {
    openChance("connection cut during the last commit");
    const cutter = createCommitCutter(() => (cutter.cuts().after === 0 ? "after" : null));
    proxy.watch(cutter.watcher);
    proxy.cut();
    const tenant = await fleet.addTenant(bakeryId(1, 9));
    const runId = await tenant.start();
    await untilRunsEnded(fleet.sql);
    expect(cutter.cuts().after).toBe(1);
    const types: string[] = [];
    for await (const { event } of fleet.operator.follow(tenant.id, runId, AbortSignal.timeout(300_000))) types.push(event.type);
    expect(types.at(-1)).toBe("run.finished");
    await judge(fleet);
  });
});
