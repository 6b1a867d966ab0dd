/** The sandbox process. */
import { createLogger, readConfig, runProcess } from "@levain/runtime";
import { FolderError } from "@levain/sources";
import { SandboxEnv } from "./env.js";
import { serveBakeries } from "./served-bakeries.js";
import { startSandbox } from "./server.js";

await runProcess(
  "sandbox",
  async (lifecycle) => {
    const env = readConfig(SandboxEnv);
    const log = createLogger({ process: "sandbox", level: env.LOG_LEVEL });
    lifecycle.useLogger(log);
    const served = await serveBakeries(env.LEVAIN_SANDBOX_FOLDERS, () => new Date());
    const sandbox = await startSandbox({ port: env.PORT, host: env.HOST, ...served });
    lifecycle.onStop("sandbox", sandbox.close);
    log.info("sandbox serves", { url: sandbox.url, tenants: served.bakeries().map(({ tenant }) => tenant.id) });
  },
  { isExpected: (error) => error instanceof FolderError },
);
