/** Faults on request: what an upstream can do to us, done on purpose. */
import { setTimeout as delay } from "node:timers/promises";
import { Readable } from "node:stream";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { chanceOf, type Chance } from "./chance.js";

/** The questions a bakery is asked. */
export const RequestKind = z.enum(["products", "sales", "open-days", "weather", "traffic", "events", "product-events"]);
export type RequestKind = z.infer<typeof RequestKind>;

export type AskedFor = { readonly tenant: string; readonly source: RequestKind; readonly productId?: string | undefined };

export const Fault = z.strictObject({
  /** What is absent matches everything. */
  match: z.strictObject({ tenant: z.string().optional(), source: RequestKind.optional(), productId: z.string().optional() }).default({}),
  /**
   * slow: answers after `delayMs`. hold: answers when the faults are cleared. hang: never answers. malformed: half a JSON document. redirect: 302 to elsewhere.
   * huge: JSON without end. refuse: the connection is cut.
   */
  kind: z.enum(["slow", "hold", "hang", "500", "429", "malformed", "redirect", "huge", "refuse"]),
  /** Share of the matching requests that it happens to. */
  share: z.number().min(0).max(1).default(1),
  delayMs: z.number().int().min(0).max(600_000).default(1_000),
  retryAfterS: z.number().int().min(0).default(7),
  /** Requests it happens to before it is over; for ever when absent. */
  times: z.number().int().min(1).optional(),
});
export type Fault = z.infer<typeof Fault>;

export type Faults = {
  /** Adds a fault; one of the same match is replaced. */
  put(fault: Fault): void;
  clear(): void;
  /** Resolves with the next `clear`. */
  untilCleared(): Promise<void>;
  list(): readonly Fault[];
  /** The fault that happens to this request, the newest first; counts as one of its times. */
  take(asked: AskedFor): Fault | null;
};

export function createFaults(seed = 1): Faults {
  const chance: Chance = chanceOf(seed, "faults");
  let faults: { fault: Fault; left: number }[] = [];
  const waiting = new Set<() => void>();
  return {
    put: (fault) => {
      const match = JSON.stringify(Object.entries(fault.match).sort());
      faults = [{ fault, left: fault.times ?? Infinity }, ...faults.filter((other) => JSON.stringify(Object.entries(other.fault.match).sort()) !== match)];
    },
    clear: () => {
      faults = [];
      for (const go of waiting) go();
      waiting.clear();
    },
    untilCleared: () => new Promise((resolve) => void waiting.add(resolve)),
    list: () => faults.map(({ fault }) => fault),
    take: (asked) => {
      const entry = faults.find(({ fault }) => isMatch(fault, asked) && (fault.share === 1 || chance() < fault.share));
      if (!entry) return null;
      entry.left -= 1;
      if (entry.left <= 0) faults = faults.filter((other) => other !== entry);
      return entry.fault;
    },
  };
}

const isMatch = ({ match }: Fault, asked: AskedFor): boolean =>
  (match.tenant ?? asked.tenant) === asked.tenant && (match.source ?? asked.source) === asked.source && (match.productId ?? asked.productId) === asked.productId;

/** Lets the fault happen. Returns whether the request goes on to its real answer. */
export async function happen(fault: Fault, request: FastifyRequest, reply: FastifyReply, untilCleared: () => Promise<void>): Promise<boolean> {
  switch (fault.kind) {
    case "slow":
      // Not waited for by a sandbox that is closed.
      await delay(fault.delayMs, undefined, { ref: false });
      return true;
    case "hold":
      await untilCleared();
      return true;
    case "hang":
      reply.hijack();
      return false;
    case "500":
      await reply.code(500).send({ title: "A fault was asked for" });
      return false;
    case "429":
      await reply.code(429).header("retry-after", String(fault.retryAfterS)).send({ title: "A fault was asked for" });
      return false;
    case "malformed":
      await reply.type("application/json").send('{"rows": [{"date": "20');
      return false;
    case "redirect":
      await reply.redirect("/elsewhere");
      return false;
    case "huge":
      await reply.type("application/json").send(Readable.from(endlessJson()));
      return false;
    case "refuse":
      reply.hijack();
      request.raw.socket.destroy();
      return false;
    default:
      throw new Error(`unknown kind ${fault.kind satisfies never}`);
  }
}

/** Goes on until the other side hangs up: the stream is read as fast as it is taken. */
function* endlessJson(): Generator<string> {
  yield '{"rows": [0';
  for (;;) yield ", 0".repeat(20_000);
}
