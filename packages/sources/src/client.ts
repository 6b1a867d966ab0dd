/**
 * One GET to an upstream, guarded: a breaker and a bounded number of connections per origin, a limit on every phase, a cap on
 * the body, a schema for what it says. Nothing is retried and no redirect is followed here.
 */
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { Failure, type SourceName } from "@levain/contracts";
import pLimit from "p-limit";
import type { z } from "zod";
import { openBreaker, type Breaker, type BreakerState } from "./breaker.js";
import { failureOfAbort, failureOfRequest, malformed, type Asked } from "./faults.js";
import { fetchJson } from "./fetch-json.js";
import { FETCH_LIMITS, type FetchLimits } from "./limits.js";
import { guardAddresses, type AllowedAddresses } from "./public-addresses.js";

export type ClientOptions = {
  readonly limits?: Partial<FetchLimits> | undefined;
  /** Upstreams that may be asked although their addresses are not public; none when absent. */
  readonly allow?: AllowedAddresses | undefined;
  readonly onBreakerChange?: ((origin: string, state: BreakerState) => void) | undefined;
};

export type Client = {
  readonly limits: FetchLimits;
  /** @throws Failure of a `source.*` code, or why `signal` was aborted. */
  get<S extends z.ZodType>(source: SourceName, url: URL, schema: S, signal: AbortSignal): Promise<z.output<S>>;
  breakers(): { origin: string; state: BreakerState }[];
  close(): Promise<void>;
};

type Origin = { readonly breaker: Breaker; readonly inTurn: <T>(call: () => Promise<T>) => Promise<T> };

/** Origins remembered. Beyond it the one not asked for longest is forgotten, breaker and all. */
const ORIGINS_MAX = 500;

export function openClient(options: ClientOptions = {}): Client {
  const limits = { ...FETCH_LIMITS, ...options.limits };
  const addresses = guardAddresses(options.allow);
  const agentOptions = { keepAlive: true, maxSockets: limits.socketsPerOriginMax, maxFreeSockets: limits.socketsPerOriginMax, lookup: addresses.lookup };
  const agents = { http: new HttpAgent(agentOptions), https: new HttpsAgent(agentOptions) };
  const closing = new AbortController();
  const origins = new Map<string, Origin>();

  const originOf = (name: string): Origin => {
    const origin = origins.get(name) ?? {
      breaker: openBreaker({ origin: name, limits, onChange: options.onBreakerChange }),
      inTurn: pLimit(limits.socketsPerOriginMax),
    };
    origins.delete(name);
    origins.set(name, origin);
    for (const [oldest, { breaker }] of origins) {
      if (origins.size <= ORIGINS_MAX) break;
      breaker.close();
      origins.delete(oldest);
    }
    return origin;
  };

  return {
    limits,
    get: async (source, url, schema, callersSignal) => {
      addresses.check(url);
      const asked: Asked = { source, origin: url.origin };
      const signal = AbortSignal.any([callersSignal, closing.signal]);
      const { breaker, inTurn } = originOf(url.origin);
      // Turns are waited for before the clock starts: a queue of our own making is no fault of the origin.
      const call = inTurn(async () => {
        if (signal.aborted) throw failureOfAbort(signal);
        return breaker.run(async () => {
          const body = await fetchJson(url, { agents, limits, asked, signal }).catch((thrown: unknown) => {
            throw failureOfRequest(thrown, asked, signal);
          });
          return checked(schema, body, asked);
        });
      });
      return orAborted(call, signal);
    },
    breakers: () => [...origins].map(([origin, { breaker }]) => ({ origin, state: breaker.state() })),
    close: async () => {
      closing.abort(new Failure("process.stopping", "the sources are closed"));
      for (const { breaker } of origins.values()) breaker.close();
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

function checked<S extends z.ZodType>(schema: S, body: unknown, asked: Asked): z.output<S> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue && issue.path.length > 0 ? ` at ${issue.path.join(".")}` : "";
  throw malformed(asked, `an answer of the agreed shape`, `${issue?.message ?? "another"}${where}`, result.error);
}

/** The call's end, or the signal's, whichever comes first: one that waits for its turn must not wait on. */
function orAborted<T>(call: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(failureOfAbort(signal));
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    call.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
