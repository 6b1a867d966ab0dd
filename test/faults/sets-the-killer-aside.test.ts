import { RunView } from "@levain/contracts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bakeryId } from "./rig/bakeries.js";
import { openChance } from "./rig/chance.js";
import { record, seconds } from "./rig/figures.js";
import { openFleet, type Fleet } from "./rig/fleet.js";
import { judge } from "./rig/oracle.js";
import { haveRunsEnded, untilRunsEnded } from "./rig/runs.js";
import { every, untilPromised } from "./rig/until.js";

const PRODUCTS = 40;
const POISON = "product-0003";
/** From the run's start to the end of its last product. */
const DONE_WITHIN_MS = 120_000;

describe("a product that takes down every worker that touches it", () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await openFleet({ workers: 2 });
  });
  afterAll(() => fleet?.close());

  it("is set aside, all others are trained, and it is trained after all when it is put right", async () => {
    openChance("a product that kills its workers");
    const tenant = await fleet.addTenant(bakeryId(PRODUCTS));
    // Its sales are kept back until whoever holds it is killed: a crash, however it comes about.
    await fleet.bakeries.addFault({ match: { productId: POISON, source: "sales" }, kind: "hold" });
    let kills = 0;
    const comings: Promise<unknown>[] = [];
    const poisoning = every(100, async () => {
      const { rows } = await fleet.sql.query<{ claimed_by: string }>("SELECT claimed_by FROM product_trainings WHERE product_id = $1 AND status = 'running'", [POISON]);
      const victim = fleet.workers.find(({ name }) => name === rows[0]?.claimed_by);
      if (!victim) return;
      await fleet.kill(victim);
      kills += 1;
      comings.push(fleet.addWorker());
    });
    const runId = await tenant.start();
    const { tookMs: doneMs } = await untilPromised(() => haveRunsEnded(fleet.sql), { what: "the run to end", promisedMs: DONE_WITHIN_MS });
    await poisoning.stop();
    await Promise.all(comings);
    const { rows } = await fleet.sql.query("SELECT product_id, status FROM product_trainings WHERE run_id = $1 AND status NOT IN ('trained', 'skipped')", [runId]);
    expect(rows).toEqual([{ product_id: POISON, status: "dead" }]);
    await judge(fleet);

    await fleet.bakeries.clearFaults();
    await fleet.operator.call("POST", `/v1/tenants/${tenant.id}/training-runs/${runId}/products/${POISON}/redrive`, RunView);
    await untilRunsEnded(fleet.sql);
    expect(await judge(fleet)).toMatchObject({ runs: 2, dead: 1, failed: 0 });
    await record("a product that kills its workers", { trainings: PRODUCTS, kills, setAside: 1, othersLost: 0, redriven: 1, seconds: seconds(doneMs) });
  });
});
