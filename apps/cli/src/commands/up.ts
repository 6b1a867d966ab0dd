import type { Command } from "commander";
import { defaultFolder } from "../up/state.js";
import { up } from "../up/up.js";
import { untilInterrupted } from "./interrupt.js";

export function registerUp(program: Command): void {
  program
    .command("up")
    .description("start everything on this machine, train the demo bakery or a folder, and stay up")
    .option("--data <folder>", "a tenant folder to train instead of the simulated bakery")
    .option("--exit", "stop after the run; exit code 0 only if every product was trained or skipped with a reason", false)
    .option("--port <port>", "port of the API", Number, 3000)
    .option("--host <host>", "address the API listens on", "127.0.0.1")
    .option("--workers <count>", "worker processes", Number, 2)
    .option("--folder <folder>", "where databases, logs and keys live", defaultFolder())
    .action(async (options: { data?: string; exit: boolean; port: number; host: string; workers: number; folder: string }) => {
      const interrupted = untilInterrupted();
      const isGood = await up(options, interrupted);
      process.exitCode = isGood || (interrupted.aborted && !options.exit) ? 0 : 1;
    });
}
