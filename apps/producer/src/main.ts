/** The producer process. */
import { Failure } from "@levain/contracts";
import { checkMigrations, MigrationError, migrationsFolder } from "@levain/db";
import { createLogger, createMetrics, readConfig, runProcess } from "@levain/runtime";
import { ProducerEnv, settingsOf } from "./env.js";
import { createServer } from "./server.js";
import { openProducer } from "./wire.js";

await runProcess(
  "producer",
  async (lifecycle) => {
    const env = readConfig(ProducerEnv);
    const log = createLogger({ process: "producer", level: env.LOG_LEVEL });
    lifecycle.useLogger(log);
    await checkMigrations(env.DATABASE_URL, migrationsFolder);

    const metrics = createMetrics("producer");
    lifecycle.onStop("metrics", () => metrics.close());
    const producer = openProducer(env, log, metrics);
    lifecycle.onStop("connections", () => producer.close());
    // Runs are accepted without the artifacts too; what needs one answers 503 until they are there.
    await producer.claimArtifacts().catch((error: unknown) => log.error("artifact store cannot be used", { error }));
    const server = await createServer(producer.deps, settingsOf(env));
    lifecycle.onStop("server", () => server.close());
    const address = await server.listen({ host: env.HOST, port: env.PORT });
    log.info("producer is up", { address });
  },
  { isExpected: (error) => error instanceof MigrationError || error instanceof Failure },
);
