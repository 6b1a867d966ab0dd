/**
 * From what a model's row names to the model itself, verified on every load. A model that was verified once is kept in
 * memory by its digest: what is stored under a digest never changes, so the parsed copy is as good as the stored one and
 * serves on while the store is away.
 */
import { LRUCache } from "lru-cache";
import { notAsStored, readArtifact, type Named, type Verified } from "./read-artifact.js";
import type { ArtifactStore } from "./store.js";

export type NamedModel = Named & {
  readonly tenantId: string;
  /** The artifact itself, of a model from before there was a store; null for those in the store. */
  readonly text: string | null;
};

/** @throws Failure("artifact.unavailable") when nobody can tell whether the artifact is good */
export type LoadModel = (named: NamedModel) => Promise<Verified>;

/** Parsed models take some 50 kB each. */
const MODELS_REMEMBERED = 1_000;

export function createModelLoader(store: Pick<ArtifactStore, "get" | "setAside" | "check">): LoadModel {
  const verified = new LRUCache<string, Extract<Verified, { fitted: unknown }>>({ max: MODELS_REMEMBERED });

  const verify = (named: NamedModel, stored: Buffer): Verified => {
    const answer = readArtifact(stored, named);
    if ("fitted" in answer) verified.set(nameOf(named), answer);
    return answer;
  };

  return async (named) => {
    const { tenantId, sha256, bytes, text } = named;
    const known = verified.get(nameOf(named));
    if (text !== null) {
      const stored = Buffer.from(text, "utf8");
      const reason = notAsStored(stored, named);
      return reason === null ? (known ?? verify(named, stored)) : { refused: reason };
    }
    if (known) return known;
    const stored = await store.get(tenantId, sha256, bytes);
    if (stored === null) {
      // A store that is not there, or another one, says nothing about this model.
      await store.check();
      return { refused: "expected a stored model, there is none" };
    }
    const answer = verify(named, stored);
    if ("refused" in answer) await store.setAside(tenantId, sha256);
    return answer;
  };
}

/** All of what the row says: a row that says something else of the same artifact is verified for itself. */
const nameOf = ({ tenantId, sha256, bytes, schemaVersion }: NamedModel): string => [tenantId, sha256, bytes, schemaVersion].join(" ");
