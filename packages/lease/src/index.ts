/**
 * The lease lets one run at a time train a tenant, and says when that stops being true. It saves work, not truth: what
 * must never happen twice is kept from happening by the fences in Postgres, whatever this file believes.
 *
 *     free ──take──▶ held by a run ──renew──▶ held by the same run, for another ttl
 *       ▲                 │
 *       └──release────────┴── the ttl passes without a renewal
 *
 * The authority is Redis: one key per tenant whose value is the run's id and whose expiry is measured by Redis' own
 * clock, so the clocks of the workers do not matter. Every step is one Lua script that compares before it sets; no
 * script takes a lease from another run. Any worker of the run may renew; a lease that ran out is not taken back by
 * itself, because the run may have ended in the meantime.
 */
import { Failure, type RunId, type TenantId } from "@levain/contracts";
import { Redis, type RedisOptions } from "ioredis";
import pTimeout from "p-timeout";
import { keepLease, type Keeper, type LostLease } from "./keep.js";

export type { Keeper, LostLease } from "./keep.js";

export type Taken = "taken" | "already-ours" | { readonly heldBy: RunId };

export type Leases = {
  /** Takes a free lease, or renews our own. */
  take(tenantId: TenantId, runId: RunId): Promise<Taken>;
  /** Another ttl for our own lease; false when it is no longer ours. */
  renew(tenantId: TenantId, runId: RunId): Promise<boolean>;
  /** Frees our own lease; false when it was no longer ours. */
  release(tenantId: TenantId, runId: RunId): Promise<boolean>;
  holder(tenantId: TenantId): Promise<RunId | null>;
  /** Renews every third of the ttl until stopped; tells once when the lease is lost, and stops. */
  keep(tenantId: TenantId, runId: RunId, onLost: (lost: LostLease) => void): Keeper;
  /** Stops every keeper; leases not released run out by themselves. */
  close(): Promise<void>;
};

export type LeaseOptions = {
  readonly prefix?: string;
  readonly ttlMs?: number;
} & ({ readonly redis: Redis } | { readonly redisUrl: string });

/** Long enough for two lost renewals and a slow restart of Redis. */
const TTL_MS = 60_000;

/** Milliseconds after which Redis counts as unavailable. A renewal must fail well before the ttl ends. */
const ANSWER_WITHIN_MS = 3_000;

const TAKE = `
local holder = redis.call("GET", KEYS[1])
if not holder then
  redis.call("SET", KEYS[1], ARGV[1], "PX", ARGV[2])
  return "taken"
end
if holder == ARGV[1] then
  redis.call("PEXPIRE", KEYS[1], ARGV[2])
  return "already-ours"
end
return "held:" .. holder
`;

const RENEW = `
if redis.call("GET", KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call("PEXPIRE", KEYS[1], ARGV[2])
`;

const RELEASE = `
if redis.call("GET", KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call("DEL", KEYS[1])
`;

/** @throws Failure redis.unavailable, from every promise */
export function openLeases(options: LeaseOptions): Leases {
  const { prefix = "{levain}", ttlMs = TTL_MS } = options;
  const redis = "redis" in options ? options.redis : openRedis(options.redisUrl);
  const keyOf = (tenantId: TenantId): string => `${prefix}:lease:${tenantId}`;
  const keepers = new Set<Keeper>();

  const renew = async (tenantId: TenantId, runId: RunId): Promise<boolean> =>
    (await answered(redis.eval(RENEW, 1, keyOf(tenantId), runId, ttlMs))) === 1;
  const holder = (tenantId: TenantId): Promise<RunId | null> => answered(redis.get(keyOf(tenantId)));

  return {
    renew,
    holder,
    take: async (tenantId, runId) => asTaken(String(await answered(redis.eval(TAKE, 1, keyOf(tenantId), runId, ttlMs)))),
    release: async (tenantId, runId) => (await answered(redis.eval(RELEASE, 1, keyOf(tenantId), runId))) === 1,
    keep: (tenantId, runId, onLost) => {
      const keeper = keepLease({ ttlMs, renew: () => renew(tenantId, runId), holder: () => holder(tenantId), onLost });
      keepers.add(keeper);
      return {
        stop: () => {
          keepers.delete(keeper);
          keeper.stop();
        },
      };
    },
    close: async () => {
      for (const keeper of keepers) keeper.stop();
      keepers.clear();
      if (!("redis" in options)) redis.disconnect();
    },
  };
}

function asTaken(answer: string): Taken {
  if (answer === "taken" || answer === "already-ours") return answer;
  return { heldBy: answer.slice("held:".length) };
}

/** What notices a connection that died without a word; reconnecting is spread by ±20 %, so that a fleet does not return as one. */
const OPTIONS: RedisOptions = {
  maxRetriesPerRequest: null,
  connectTimeout: 5_000,
  socketTimeout: 30_000,
  keepAlive: 5_000,
  retryStrategy: (times) => Math.min(100 * 2 ** times, 5_000) * (0.8 + Math.random() * 0.4),
};

function openRedis(url: string): Redis {
  const redis = new Redis(url, OPTIONS);
  // Every command tells its own failure; the connection's would be the same news twice.
  redis.on("error", () => undefined);
  return redis;
}

/** Redis' answer, or the news that it gave none in time. */
async function answered<T>(answer: Promise<T>): Promise<T> {
  try {
    return await pTimeout(answer, { milliseconds: ANSWER_WITHIN_MS, message: `no answer within ${ANSWER_WITHIN_MS} ms` });
  } catch (cause) {
    throw new Failure("redis.unavailable", "expected Redis to answer about a lease", { reason: cause instanceof Error ? cause.message : String(cause) }, { cause });
  }
}
