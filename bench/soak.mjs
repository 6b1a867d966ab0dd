/**
 * How does a fleet fare under mixed faults for as long as one likes?
 *
 * A fleet with its own servers trains without a pause while something happens to it every few seconds: workers and
 * producers killed, frozen and retired, Redis wiped and killed, PostgreSQL crashed, connections cut and silent, upstreams
 * failing and hanging. In the end everything is healed and the oracle judges. Beside its verdict: how memory and
 * connections grew in processes that nobody touched. Usage: node bench/soak.mjs [--minutes 10] [--seed 1]
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { prepare, root } from "../apps/cli/bin/prepare.mjs";

const { values } = parseArgs({ options: { minutes: { type: "string", default: "10" }, seed: { type: "string" } } });
prepare();
const env = { ...process.env, LEVAIN_SOAK_MINUTES: values.minutes, ...(values.seed === undefined ? {} : { LEVAIN_FAULT_SEED: values.seed }) };
const { status } = spawnSync(join(root, "node_modules", ".bin", "vitest"), ["run", "--config", "test/soak/vitest.config.ts"], { cwd: root, env, stdio: "inherit" });
process.exitCode = status ?? 1;
