import { defineConfig } from "vitest/config";

/** Packages resolve to their TypeScript sources, so a unit test needs no build. */
const resolve = { conditions: ["levain:source"] };
const ssr = { resolve };
const underFault = { globalSetup: "test/servers.ts", testTimeout: 900_000, hookTimeout: 180_000 };

export default defineConfig({
  test: {
    projects: [
      {
        resolve,
        ssr,
        // Generous, because a loaded machine is no reason to fail.
        test: { name: "unit", include: ["packages/*/src/**/*.test.ts", "apps/*/src/**/*.test.ts"], globalSetup: "test/servers.ts", testTimeout: 60_000, hookTimeout: 60_000 },
      },
      {
        resolve,
        ssr,
        test: {
          name: "stories",
          include: ["test/*.test.ts"],
          globalSetup: "test/servers.ts",
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      // Whole fleets under fault, after everything else. They wait more than they compute, so two go side by side …
      { resolve, ssr, test: { ...underFault, name: "faults", include: ["test/faults/*.test.ts"], maxWorkers: 2, sequence: { groupOrder: 1 } } },
      // … except for those that measure how long something takes.
      { resolve, ssr, test: { ...underFault, name: "faults-alone", include: ["test/faults/alone/*.test.ts"], maxWorkers: 1, sequence: { groupOrder: 2 } } },
    ],
  },
});
