/**
 * Writes the API's description to where the typed client is generated from. The server is made and not started, so it
 * needs no PostgreSQL and no Redis: `npm run openapi` after a route, a schema or its words have changed.
 */
import { writeFileSync } from "node:fs";
import { createLogger, createMetrics } from "@levain/runtime";
import { createServer, openProducer } from "../dist/index.js";

const FILE = new URL("../../../packages/client/openapi.json", import.meta.url);
/** Nobody listens on port 1, and nobody is asked anything. */
const NOWHERE = {
  DATABASE_URL: "postgresql://127.0.0.1:1/none",
  REDIS_URL: "redis://127.0.0.1:1",
  QUEUE_PREFIX: "{levain}",
  DB_POOL_MAX: 1,
  ARTIFACT_STORE: { kind: "directory", folder: "/nowhere" },
  S3_REGION: "none",
};

const metrics = createMetrics("producer");
const producer = openProducer(NOWHERE, createLogger({ process: "openapi", level: "error" }), metrics);
const server = await createServer(producer.deps);
writeFileSync(FILE, `${JSON.stringify(server.swagger(), null, 2)}\n`);
await server.close();
await producer.close();
metrics.close();
