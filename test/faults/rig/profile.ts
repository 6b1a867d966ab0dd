/** The fleet's clocks in a fault test: as in production, but short, so that a recovery takes seconds. */
import { FAR_TICK } from "../../far-tick.js";

/** Milliseconds a job stays a dead worker's; the checks for it run at half of that. */
export const LOCK_MS = 5_000;

/** Milliseconds from a worker's death until its jobs run elsewhere: the lock, two checks, and one second of grace. */
export const RESCUE_WITHIN_MS = LOCK_MS + 2 * (LOCK_MS / 2) + 1_000;

export const FAULT_ENV: Readonly<Record<string, string>> = {
  LOCK_DURATION_MS: String(LOCK_MS),
  LEASE_TTL_MS: "10000",
  BREAKER_RESET_MS: "1000",
  REPAIR_EVERY_SECONDS: "2",
  STALE_AFTER_SECONDS: "5",
  // Tests ask as fast as they can; what the limits do is shown elsewhere.
  REQUESTS_PER_KEY_PER_MINUTE: "0",
  REQUESTS_PER_TENANT_PER_MINUTE: "0",
  RUN_STARTS_PER_TENANT_PER_MINUTE: "0",
  FAILED_KEYS_PER_ADDRESS_PER_MINUTE: "0",
  ...FAR_TICK,
  DRAIN_MS: "10000",
  LOG_LEVEL: "info",
};
