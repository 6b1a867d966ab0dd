import { z } from "zod";

/** What an operator sets for a sandbox process. */
export const SandboxEnv = z.object({
  HOST: z.string().default("127.0.0.1"),
  /** 0 takes any free port. */
  PORT: z.coerce.number().int().min(0).max(65_535).default(8_090),
  LOG_LEVEL: z.enum(["error", "warn", "info", "debug"]).default("info"),
  /** Tenant folders to serve beside the demo bakery, separated by commas. */
  LEVAIN_SANDBOX_FOLDERS: z
    .string()
    .default("")
    .transform((list) => list.split(",").map((path) => path.trim()).filter((path) => path !== "")),
});
export type SandboxEnv = z.infer<typeof SandboxEnv>;
