/**
 * Artifacts that no model names: their worker died between storing and committing, or came too late to commit. After a
 * day they are removed. The store is walked through in turns, so that no other repair waits for the end of a long list.
 *
 * Age alone would not do: a worker may be about to commit an artifact that another one left behind long ago. So what is
 * removed is condemned in Postgres first, which excludes every commit that would name it; see the migration.
 */
import type { StoredArtifact } from "@levain/artifacts";
import type { CountRepairs } from "./count-repairs.js";

export type CollectArtifactsDeps = {
  listArtifacts(): AsyncIterable<StoredArtifact>;
  /** Those of a tenant's that no model names and none will. */
  condemnArtifacts(tenantId: string, sha256s: readonly string[]): Promise<readonly string[]>;
  /** False where somebody stored it anew meanwhile, to commit it. */
  removeCondemned(tenantId: string, sha256: string): Promise<boolean>;
  forgetRemoved(): Promise<void>;
  repaired: CountRepairs;
  now(): Date;
};

/** Milliseconds for which an artifact is left alone: whoever stored it may be about to commit it. */
const LEFT_ALONE_MS = 24 * 3_600_000;

/** Artifacts looked at in one turn. */
const PER_TURN = 2_000;

/** @param everyMs between the beginnings of two walks through the store */
export function createCollectArtifacts(everyMs: number): (deps: CollectArtifactsDeps) => Promise<void> {
  let walk: AsyncIterator<StoredArtifact> | null = null;
  let nextAt = 0;

  return async (deps) => {
    const now = deps.now().getTime();
    if (walk === null) {
      if (now < nextAt) return;
      nextAt = now + everyMs;
      await deps.forgetRemoved();
      walk = deps.listArtifacts()[Symbol.asyncIterator]();
    }
    const current: AsyncIterator<StoredArtifact> = walk;
    // Begun anew after a fault, unless this turn comes to its end.
    walk = null;
    const old: StoredArtifact[] = [];
    let isDone = false;
    for (let seen = 0; seen < PER_TURN && !isDone; seen++) {
      const { done, value } = await current.next();
      isDone = done === true;
      if (!isDone && now - value.storedAt.getTime() > LEFT_ALONE_MS) old.push(value);
    }
    deps.repaired("orphan-artifact", await collect(old, deps));
    if (!isDone) walk = current;
  };
}

async function collect(old: readonly StoredArtifact[], { condemnArtifacts, removeCondemned }: CollectArtifactsDeps): Promise<number> {
  let removed = 0;
  for (const tenantId of new Set(old.map((artifact) => artifact.tenantId))) {
    const stored = old.flatMap((artifact) => (artifact.tenantId === tenantId ? [artifact.sha256] : []));
    for (const sha256 of await condemnArtifacts(tenantId, stored)) removed += Number(await removeCondemned(tenantId, sha256));
  }
  return removed;
}
