/**
 * Ports for processes that are told theirs before they start. They are none that the system gives to whoever asks for any
 * port: between our look and the process's start it could give that one away. Each worker of the test runner has a
 * stretch of its own and goes through it from a random place, so that two runs on one machine hardly meet either.
 */
import { randomInt } from "node:crypto";
import { freePort } from "../apps/cli/src/embedded/server-process.js";

/** Up to 29,999: below the ephemeral ports of Linux, macOS and Windows. */
const FIRST_PORT = 10_000;
const STRETCHES = 20;
const STRETCH = 1_000;

const from = FIRST_PORT + STRETCH * (Number(process.env["VITEST_POOL_ID"] ?? 0) % STRETCHES);
let taken = randomInt(STRETCH);

export async function ownPort(): Promise<number> {
  for (let tried = 0; tried < STRETCH; tried += 1) {
    taken += 1;
    const port = from + (taken % STRETCH);
    if ((await freePort(port)) === port) return port;
  }
  throw new Error(`expected a free port between ${from} and ${from + STRETCH}`);
}
