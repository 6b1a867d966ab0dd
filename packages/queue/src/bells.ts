/**
 * Bells: a follower's wait for "there may be news". All of a process's followers share one subscribed connection,
 * which exists only while someone listens. A ring may be doubled or come for nothing; it is never relied upon to come,
 * because every bell also rings by itself once in a while, and whenever the connection was lost and found.
 */
import type { Redis } from "ioredis";

export type Bell = {
  /** Resolves at the next ring from now on; at once when the bell is closed or its signal aborted. */
  next(): Promise<void>;
  isOpen(): boolean;
  close(): void;
};

export type Bells = {
  /** A bell that hears the channel from when the promise resolves. */
  listen(channel: string, signal: AbortSignal): Promise<Bell>;
  close(): Promise<void>;
};

/** Milliseconds after which a bell rings by itself: how late news may come when a ring was lost. */
const RING_ANYWAY_MS = 10_000;

export function openBells(redis: Redis, onError: (error: Error) => void): Bells {
  const channels = new Map<string, Set<RingableBell>>();
  let subscriber: Redis | null = null;
  let isClosed = false;

  const connect = (): Redis => {
    const connection = redis.duplicate();
    connection.on("error", onError);
    connection.on("message", (channel) => {
      for (const bell of channels.get(channel) ?? []) bell.ring();
    });
    // Subscriptions are renewed by themselves; what was told in between was not heard.
    connection.on("ready", () => {
      for (const bells of channels.values()) for (const bell of bells) bell.ring();
    });
    return connection;
  };

  const leave = (channel: string, bell: RingableBell): void => {
    const bells = channels.get(channel);
    bells?.delete(bell);
    if (bells?.size !== 0) return;
    channels.delete(channel);
    if (channels.size === 0) {
      subscriber?.disconnect();
      subscriber = null;
    } else subscriber?.unsubscribe(channel).catch(onError);
  };

  return {
    listen: async (channel, signal) => {
      const bell = hangBell(signal, () => leave(channel, bell));
      if (isClosed || signal.aborted) bell.close();
      if (!bell.isOpen()) return bell;
      const others = channels.get(channel) ?? new Set();
      channels.set(channel, others.add(bell));
      subscriber ??= connect();
      // While Redis is away this waits, and so may the follower: it is rung in when the connection stands.
      await Promise.race([subscriber.subscribe(channel).catch(() => undefined), bell.next()]);
      return bell;
    },
    close: async () => {
      isClosed = true;
      for (const bells of channels.values()) for (const bell of bells) bell.close();
    },
  };
}

type RingableBell = Bell & { ring(): void };

function hangBell(signal: AbortSignal, onClose: () => void): RingableBell {
  let isOpen = true;
  let ringing = nextRing();

  const ring = (): void => {
    ringing.ring();
    if (isOpen) ringing = nextRing();
  };
  const close = (): void => {
    if (!isOpen) return;
    isOpen = false;
    clearInterval(anyway);
    signal.removeEventListener("abort", close);
    ring();
    onClose();
  };
  const anyway = setInterval(ring, RING_ANYWAY_MS);
  anyway.unref();
  signal.addEventListener("abort", close, { once: true });
  return { ring, close, isOpen: () => isOpen, next: () => ringing.rung };
}

function nextRing(): { readonly rung: Promise<void>; ring(): void } {
  let ring = (): void => undefined;
  const rung = new Promise<void>((resolve) => {
    ring = resolve;
  });
  return { rung, ring };
}
