/**
 * How often each key, each tenant and each stranger may ask. A key's and its tenant's allowance are used together; a
 * start of a run that is refused costs nothing, so that whoever polls an open run is not locked out after it.
 */
import type { Allowance, Limiter } from "@levain/limit";
import { networkOf } from "./client-network.js";
import type { Caller } from "./deps.js";
import { HttpProblem } from "./problem.js";

/** Per minute; 0 lets everybody through. */
export type LimitSettings = {
  readonly requestsPerKey: number;
  readonly requestsPerTenant: number;
  readonly runStartsPerTenant: number;
  /** Keys that open nothing, from one address. */
  readonly failedKeysPerAddress: number;
};

export const LIMITS: LimitSettings = { requestsPerKey: 6_000, requestsPerTenant: 12_000, runStartsPerTenant: 10, failedKeysPerAddress: 60 };

export type RateLimits = {
  /** @throws HttpProblem 429 */
  countRequest(caller: Caller): Promise<void>;
  /** @throws HttpProblem 429 while the tenant has started too many runs */
  expectRunStart(tenantId: string): Promise<void>;
  countRunStart(tenantId: string): Promise<void>;
  /** What `attempt` gives, unless too many of this address have given nothing. @throws HttpProblem 429, or what `refusal` makes */
  countFailures<T>(address: string, attempt: () => Promise<T | null>, refusal: () => HttpProblem): Promise<T>;
};

/** Part of a minute's requests that may come at once. */
const BURST_SHARE = 0.1;

/** Addresses remembered that must wait. Beyond it the one longest here is forgotten; the shared allowance still counts it. */
const WAITING_MAX = 10_000;

export function limitRates({ requestsPerKey, requestsPerTenant, runStartsPerTenant, failedKeysPerAddress }: LimitSettings, limiter: Limiter): RateLimits {
  const steady = (name: string, perMinute: number): Allowance[] => (perMinute === 0 ? [] : [{ name, perMinute, burst: Math.max(1, Math.ceil(perMinute * BURST_SHARE)) }]);
  const counted = (name: string, perMinute: number): Allowance[] => (perMinute === 0 ? [] : [{ name, perMinute, burst: perMinute }]);
  const startsOf = (tenantId: string): Allowance[] => counted(`run-starts:${tenantId}`, runStartsPerTenant);
  const waiting = new Map<string, number>();

  return {
    countRequest: async ({ keyId, tenantId }) => {
      const ofTenant = tenantId === null ? [] : steady(`tenant:${tenantId}`, requestsPerTenant);
      refuse(await limiter.take([...steady(`key:${keyId}`, requestsPerKey), ...ofTenant]), "expected fewer requests");
    },
    expectRunStart: async (tenantId) => refuse(await limiter.look(startsOf(tenantId)), `expected at most ${runStartsPerTenant} training runs a minute`),
    countRunStart: async (tenantId) => void (await limiter.take(startsOf(tenantId))),
    countFailures: async (address, attempt, refusal) => {
      const subject = networkOf(address);
      // Nobody who guesses keys keeps the database busy; until then no request of those who have one waits for this.
      refuse((waiting.get(subject) ?? 0) - performance.now(), "expected fewer keys that open nothing");
      const came = await attempt();
      if (came !== null) return came;
      const wait = await limiter.take(counted(`failed-keys:${subject}`, failedKeysPerAddress));
      if (wait > 0) remember(waiting, subject, performance.now() + wait);
      refuse(wait, "expected fewer keys that open nothing");
      throw refusal();
    },
  };
}

function refuse(waitMs: number, detail: string): void {
  if (waitMs <= 0) return;
  const seconds = Math.max(1, Math.ceil(waitMs / 1_000));
  throw new HttpProblem(
    429,
    { type: "urn:levain:problem:too-many-requests", title: "Too many requests", detail: `${detail}; try again in ${seconds} s` },
    { "retry-after": String(seconds) },
  );
}

function remember(waiting: Map<string, number>, subject: string, untilMs: number): void {
  waiting.delete(subject);
  waiting.set(subject, untilMs);
  for (const oldest of waiting.keys()) {
    if (waiting.size <= WAITING_MAX) break;
    waiting.delete(oldest);
  }
}
