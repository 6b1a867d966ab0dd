/**
 * Writes the Prisma client for prisma/schema.prisma into src/generated. Needs no network: generating runs on WebAssembly,
 * but the command line insists on a schema engine that it would otherwise download, so it is shown a file that exists.
 */
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const prisma = createRequire(import.meta.url).resolve("prisma/build/index.js");
const schema = join(here, "..", "..", "prisma", "schema.prisma");

const { status, signal, error, stdout, stderr } = spawnSync(
  process.execPath,
  [prisma, "generate", "--schema", schema, "--no-hints"],
  {
    cwd: here,
    encoding: "utf8",
    env: {
      ...process.env,
      CHECKPOINT_DISABLE: "1",
      PRISMA_HIDE_UPDATE_MESSAGE: "1",
      PRISMA_SCHEMA_ENGINE_BINARY: process.env.PRISMA_SCHEMA_ENGINE_BINARY ?? process.execPath,
    },
  },
);

if (status !== 0) {
  console.error(error?.message ?? `${stdout}${stderr}prisma generate ended with ${status ?? signal}`);
  process.exit(1);
}
