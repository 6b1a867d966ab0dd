/**
 * Keeping a lease: renewed every third of its ttl, so that two renewals may be lost before it runs out. Lost is what
 * Redis says is no longer ours, and what we could not renew for a whole ttl, because then nobody knows.
 */
import type { RunId } from "@levain/contracts";

export type LostLease = {
  /** The run that holds it now; null when nobody does or nobody can say. */
  readonly heldBy: RunId | null;
};

export type Keeper = { stop(): void };

export type KeepDeps = {
  readonly ttlMs: number;
  renew(): Promise<boolean>;
  holder(): Promise<RunId | null>;
  onLost(lost: LostLease): void;
};

export function keepLease({ ttlMs, renew, holder, onLost }: KeepDeps): Keeper {
  let isStopped = false;
  // Counted from before a renewal was sent: Redis may have begun the new ttl as early as that.
  let renewedAt = performance.now();

  const lose = async (): Promise<void> => {
    stop();
    onLost({ heldBy: await holder().catch(() => null) });
  };

  const beat = async (): Promise<void> => {
    const sentAt = performance.now();
    const isOurs = await renew().catch(() => null);
    if (isStopped) return;
    if (isOurs === true) renewedAt = sentAt;
    const leftMs = renewedAt + ttlMs - performance.now();
    if (isOurs === false || leftMs <= 0) return lose();
    timer = setTimeout(() => void beat(), Math.min(ttlMs / 3, leftMs));
    timer.unref();
  };

  let timer = setTimeout(() => void beat(), ttlMs / 3);
  timer.unref();
  const stop = (): void => {
    isStopped = true;
    clearTimeout(timer);
  };
  return { stop };
}
