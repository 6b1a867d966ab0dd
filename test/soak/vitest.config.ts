import { defineConfig } from "vitest/config";

/** `npm run soak`: not a part of the tests, because it lasts as long as it is asked to. */
const resolve = { conditions: ["levain:source"] };

export default defineConfig({
  resolve,
  ssr: { resolve },
  test: { name: "soak", root: new URL("../..", import.meta.url).pathname, include: ["test/soak/*.test.ts"], testTimeout: 0, hookTimeout: 300_000, globalSetup: "test/servers.ts" },
});
