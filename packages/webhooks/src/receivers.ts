/**
 * Each receiver's own breaker and places, on opossum, so that one which is dead or slow does not hold up the others.
 *
 * A breaker opens after a few messages of which most found nobody, and then fails them at once; after a while one message
 * goes as a probe. Only `webhook.unavailable` counts: who answers, whatever they answer, is there.
 */
import { Failure } from "@levain/contracts";
import CircuitBreaker from "opossum";
import type { SendLimits } from "./limits.js";

export type Receivers = {
  /** @throws Failure webhook.breaker-open or webhook.busy without calling; else whatever `call` throws */
  run<T>(receiverId: string, call: () => Promise<T>): Promise<T>;
  close(): void;
};

type Place = { readonly circuit: CircuitBreaker<[() => Promise<unknown>], unknown>; openedAtMs: number; sending: number };

/** Receivers remembered. Beyond it the one not told anything for longest is forgotten, breaker and all. */
const RECEIVERS_MAX = 1_000;

/** Percent of the messages in the window that find nobody, above which a breaker opens. */
const FAILURE_PERCENT = 50;

/** Milliseconds until a message is looked at again whose receiver has all its places taken. */
const BUSY_MS = 2_000;

export function openReceivers(limits: SendLimits): Receivers {
  const places = new Map<string, Place>();

  const placeOf = (receiverId: string): Place => {
    const place = places.get(receiverId) ?? openPlace(limits);
    places.delete(receiverId);
    places.set(receiverId, place);
    for (const [oldest, { circuit, sending }] of places) {
      if (places.size <= RECEIVERS_MAX || sending > 0) break;
      circuit.shutdown();
      places.delete(oldest);
    }
    return place;
  };

  return {
    run: async <T>(receiverId: string, call: () => Promise<T>): Promise<T> => {
      const place = placeOf(receiverId);
      if (place.sending >= limits.sendingMax) throw new Failure("webhook.busy", "not sent: as many messages as allowed are on their way to this receiver", {}, { retryAfterMs: BUSY_MS });
      place.sending += 1;
      try {
        return (await place.circuit.fire(call)) as T;
      } catch (error) {
        if (!(error instanceof Error) || !CircuitBreaker.isOurError(error)) throw error;
        const retryAfterMs = Math.max(0, Math.ceil(place.openedAtMs + limits.breakerResetMs - performance.now()));
        throw new Failure("webhook.breaker-open", "not sent: the receiver could not be reached too often", {}, { cause: error, retryAfterMs });
      } finally {
        place.sending -= 1;
      }
    },
    close: () => {
      for (const { circuit } of places.values()) circuit.shutdown();
    },
  };
}

function openPlace(limits: SendLimits): Place {
  const circuit = new CircuitBreaker((call: () => Promise<unknown>) => call(), {
    // The sender bounds every call by itself.
    timeout: false,
    errorThresholdPercentage: FAILURE_PERCENT,
    volumeThreshold: limits.breakerCallsMin,
    rollingCountTimeout: limits.breakerWindowMs,
    rollingPercentilesEnabled: false,
    enableSnapshots: false,
    resetTimeout: limits.breakerResetMs,
    errorFilter: (error: unknown) => error instanceof Failure && error.code !== "webhook.unavailable",
  });
  const place: Place = { circuit, openedAtMs: 0, sending: 0 };
  circuit.on("open", () => {
    place.openedAtMs = performance.now();
  });
  return place;
}
