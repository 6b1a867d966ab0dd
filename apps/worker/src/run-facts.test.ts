import type { RunContext, Tenant } from "@levain/contracts";
import { expect, it } from "vitest";
import { rememberRunFacts, type RunFactsSource } from "./run-facts.js";

const source = (reads: string[]): RunFactsSource => ({
  findRun: async (runId) => {
    reads.push(runId);
    return { tenantId: "a", trigger: "nightly", deadlineAt: new Date(0) };
  },
  findTenant: async (id) => ({ id, policy: { horizonDays: 7 } }) as unknown as Tenant,
  runContext: async () => ({ version: 1 }) as unknown as RunContext,
});

it("run facts · are read once per run, however many product trainings ask at once", async () => {
  const reads: string[] = [];
  const runFacts = rememberRunFacts(source(reads));
  const facts = await Promise.all([runFacts("r1"), runFacts("r1"), runFacts("r1")]);
  expect(reads).toEqual(["r1"]);
  expect(facts[0]?.policy.horizonDays).toBe(7);
});

it("run facts · a failed read is not remembered", async () => {
  const reads: string[] = [];
  const failing: RunFactsSource = { ...source(reads), findRun: async (runId) => (reads.push(runId) === 1 ? null : { tenantId: "a", trigger: "nightly", deadlineAt: new Date(0) }) };
  const runFacts = rememberRunFacts(failing);
  await expect(runFacts("r1")).rejects.toMatchObject({ code: "job.malformed" });
  await expect(runFacts("r1")).resolves.toMatchObject({ runId: "r1" });
});

it("run facts · only the latest runs are remembered", async () => {
  const reads: string[] = [];
  const runFacts = rememberRunFacts(source(reads));
  for (let i = 0; i < 100; i += 1) await runFacts(`r${i}`);
  await runFacts("r0");
  expect(reads).toHaveLength(101);
});
