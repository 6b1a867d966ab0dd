import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** Packages resolve to their TypeScript sources, so a unit test needs no build. */
const resolve = { conditions: ["levain:source"] };
const ssr = { resolve };
/** Files side by side. They also wait, for servers and processes, so two cores are not too few for two; each has a fleet or a database of its own, so many cores are no reason for many. */
const sideBySide = { maxWorkers: Math.min(Math.max(2, availableParallelism()), 6), expect: { poll: { timeout: 30_000 } } };
const underFault = { globalSetup: "test/servers.ts", testTimeout: 900_000, hookTimeout: 300_000 };

export default defineConfig({
  test: {
    projects: [
      {
        resolve,
        ssr,
        // Generous, because a loaded machine is no reason to fail. What takes its time in a test says so by what it waits for.
        test: { ...sideBySide, name: "unit", include: ["packages/*/src/**/*.test.ts", "apps/*/src/**/*.test.ts"], globalSetup: "test/servers.ts", testTimeout: 300_000, hookTimeout: 300_000 },
      },
      {
        resolve,
        ssr,
        test: { ...sideBySide, name: "stories", include: ["test/*.test.ts"], globalSetup: "test/servers.ts", testTimeout: 300_000, hookTimeout: 300_000 },
      },
      // Whole fleets under fault, after everything else. They wait more than they compute, so three go side by side …
      { resolve, ssr, test: { ...underFault, name: "faults", include: ["test/faults/*.test.ts"], maxWorkers: 3, sequence: { groupOrder: 1 } } },
      // … except for those that measure how long something takes.
      { resolve, ssr, test: { ...underFault, name: "faults-alone", include: ["test/faults/alone/*.test.ts"], maxWorkers: 1, sequence: { groupOrder: 2 } } },
    ],
  },
});
