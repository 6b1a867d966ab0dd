import type { StartRunJob } from "@levain/contracts";
import { expect, it } from "vitest";
import { startDueNights } from "./nightly.js";

it("a nightly tick · starts a run for each due tenant with yesterday as cutoff, and none where the ledger says no", async () => {
  const jobs: StartRunJob[] = [];
  const claims: string[] = [];
  await startDueNights({
    now: () => new Date("2026-05-04T03:00:00Z"),
    tenants: async () => [
      { id: "early", timeZone: "Europe/Berlin", nightlyAt: "04:15", lastNight: "2026-05-03" },
      { id: "taken", timeZone: "Europe/Berlin", nightlyAt: "04:15", lastNight: "2026-05-03" },
      { id: "later", timeZone: "America/New_York", nightlyAt: "04:15", lastNight: "2026-05-03" },
    ],
    claimNight: async (tenantId, night, cutoff) => {
      claims.push(`${tenantId} ${night} ${cutoff}`);
      return tenantId === "taken" ? null : { runId: "0198d1c2-0000-7000-8000-000000000001" };
    },
    enqueueStartRun: async (job) => void jobs.push(job),
    info: () => undefined,
  });
  expect(claims).toEqual(["early 2026-05-04 2026-05-03", "taken 2026-05-04 2026-05-03"]);
  expect(jobs.map((job) => job.runId)).toEqual(["0198d1c2-0000-7000-8000-000000000001"]);
});
