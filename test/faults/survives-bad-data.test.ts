import { addDays, businessDayOf } from "@levain/calendar";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { bakeryId } from "./rig/bakeries.js";
import { openChance } from "./rig/chance.js";
import { record, seconds } from "./rig/figures.js";
import { openFleet, type Fleet } from "./rig/fleet.js";
import { ODD_PRODUCT_IDS, ODDITIES, openOddTill, type OddTill } from "./rig/odd-till.js";
import { judge } from "./rig/oracle.js";
import { untilRunsEnded } from "./rig/runs.js";

/** What an upstream may cost at most, whatever it does: `requestMs` and `answerBytesMax` of the sources, and a little for the clock. */
const REQUEST_MAX_MS = 10_000 + 2_000;
const ANSWER_MAX_BYTES = 10 * 1024 * 1024;
/** What the till's kernel and ours hold on their way when the connection is broken. */
const IN_FLIGHT_MAX_BYTES = 8 * 1024 * 1024;

describe("a till that answers in every wrong way", () => {
  let fleet: Fleet;
  let till: OddTill;
  const cutoff = addDays(businessDayOf(new Date(), "Europe/Berlin"), -1);
  beforeAll(async () => {
    till = await openOddTill(Array.from({ length: 59 }, (_, index) => addDays(cutoff, index - 58)));
    fleet = await openFleet({ workers: 2 });
  });
  afterAll(async () => {
    await fleet?.close();
    await till?.close();
  });

  it("fails only the product it answered wrongly for, says why, and no model comes of bad data", async () => {
    openChance("a till that answers in every wrong way");
    const tenant = await fleet.addTenant(bakeryId(2));
    const { settings } = await fleet.bakeries.settingsOf(tenant.id, { sources: { sales: till.url } });
    await fleet.operator.call("PUT", `/v1/tenants/${tenant.id}`, z.unknown(), settings);
    const startedAt = performance.now();
    const runId = await tenant.start();
    await untilRunsEnded(fleet.sql);

    const { rows } = await fleet.sql.query<{ product_id: string; status: string; failure_code: string | null }>("SELECT product_id, status, failure_code FROM product_trainings WHERE run_id = $1", [runId]);
    const ends = Object.fromEntries(rows.map(({ product_id: id, status, failure_code: code }) => [id, code === null ? status : `${status} ${code}`]));
    const expected = Object.fromEntries(ODDITIES.map(({ productId, ends: end }) => [productId, "code" in end ? `${end.status} ${end.code}` : end.status]));
    expect(ends).toEqual({ ...expected, trickling: "trained" });
    expect(till.slowestMs()).toBeLessThan(REQUEST_MAX_MS);
    expect(till.mostBytes()).toBeLessThan(ANSWER_MAX_BYTES + IN_FLIGHT_MAX_BYTES);
    await judge(fleet);
    await record("a till that answers in every wrong way", {
      kinds: ODD_PRODUCT_IDS.length,
      failed: ODDITIES.filter(({ ends: end }) => end.status === "failed").length,
      slowestRequestSeconds: seconds(till.slowestMs()),
      mostMegabytes: Math.round(till.mostBytes() / 1e5) / 10,
      seconds: seconds(performance.now() - startedAt),
    });
  });
});
