/**
 * Holds commits back on their way to PostgreSQL, as a network or a paused process does: a worker has done all its work
 * and asked for the commit, and the database has not heard of it yet. Opened, the gate lets them all arrive, late.
 */
import { createFrames, isCommitCall } from "./frames.js";
import type { Watcher } from "./tcp-proxy.js";

export type CommitGate = {
  readonly watcher: Watcher;
  /** Commits that wait at the gate. */
  held(): number;
  open(): void;
  shut(): void;
};

export function createCommitGate(): CommitGate {
  const waiting = new Set<() => void>();
  let isShut = false;
  const watcher: Watcher = (connection) => {
    const frames = createFrames({ hasStartup: true });
    let held: Buffer[] | null = null;
    const release = (): void => {
      waiting.delete(release);
      const late = held ?? [];
      held = null;
      for (const bytes of late) connection.toServer(bytes);
    };
    return {
      fromClient: (bytes) => {
        const asksForCommit = frames.push(bytes).some(isCommitCall);
        if (held === null && isShut && asksForCommit) {
          held = [];
          waiting.add(release);
        }
        if (held) held.push(bytes);
        else connection.toServer(bytes);
      },
      fromServer: connection.toClient,
    };
  };
  return {
    watcher,
    held: () => waiting.size,
    shut: () => void (isShut = true),
    open: () => {
      isShut = false;
      for (const release of [...waiting]) release();
    },
  };
}
