import { defineConfig } from "vitest/config";

/** Packages resolve to their TypeScript sources, so a unit test needs no build. */
const resolve = { conditions: ["levain:source"] };
const ssr = { resolve };

export default defineConfig({
  test: {
    projects: [
      {
        resolve,
        ssr,
        test: { name: "unit", include: ["packages/*/src/**/*.test.ts", "apps/*/src/**/*.test.ts"], globalSetup: "test/servers.ts" },
      },
      {
        resolve,
        ssr,
        test: {
          name: "stories",
          include: ["test/**/*.test.ts"],
          globalSetup: "test/servers.ts",
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
