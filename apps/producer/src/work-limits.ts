/**
 * How much work is taken on. One run of a tenant is open at a time, so what a tenant could pile up is what it starts and
 * cancels again and again: every product dealt is a job in Redis until a worker has looked at it. Hence a tenant is held
 * to a number of product trainings an hour, however they end; and the whole fleet to a number that are open, because
 * Redis refuses what does not fit, and then refuses everybody. Who is refused may come again, and is told when.
 */
import type { Workload } from "@levain/db";
import { HttpProblem } from "./problem.js";

/** 0 lets everybody through. */
export type WorkLimits = {
  /** Product trainings of one tenant's runs of the last hour. */
  readonly tenantProductsPerHour: number;
  /** Product trainings of all tenants that have not ended; a million of them fill about a gigabyte of Redis. */
  readonly fleetProductsOpen: number;
};

export const WORK_LIMITS: WorkLimits = { tenantProductsPerHour: 20_000, fleetProductsOpen: 200_000 };

/** Seconds after which a full fleet has made room, if only a little. */
const FLEET_RETRY_S = 30;

/** @throws HttpProblem 429 for a tenant that has asked for too much, 503 for a fleet that is full */
export function refuseWhenBusy({ tenantHourly, tenantEasesInMs, fleetOpen }: Workload, { tenantProductsPerHour, fleetProductsOpen }: WorkLimits): void {
  if (tenantProductsPerHour > 0 && tenantHourly >= tenantProductsPerHour) {
    throw busy(
      429,
      "tenant-busy",
      "The tenant is busy",
      `expected fewer than ${tenantProductsPerHour} product trainings within an hour, got ${tenantHourly}`,
      Math.max(1, Math.ceil(tenantEasesInMs / 1_000)),
    );
  }
  if (fleetProductsOpen > 0 && fleetOpen >= fleetProductsOpen) {
    throw busy(503, "fleet-busy", "The fleet is busy", `expected fewer than ${fleetProductsOpen} open product trainings in the fleet`, FLEET_RETRY_S);
  }
}

const busy = (status: number, name: string, title: string, detail: string, seconds: number): HttpProblem =>
  new HttpProblem(status, { type: `urn:levain:problem:${name}`, title, detail: `${detail}; try again in ${seconds} s` }, { "retry-after": String(seconds) });
