/**
 * Artifacts by their content: a name is a tenant and the SHA-256 of what is stored there, so that what is stored never
 * changes, and who stores the same twice stores it once.
 *
 *     <tenant>/<sha256>                        served
 *     .set-aside/<tenant>/<sha256>-<random>    not what its name says; kept for whoever wants to know why
 *     .fleet                                   whose store it is
 *
 * A store belongs to one database, whose models name what is in it: what no model names is collected, and so a store
 * that serves two databases would lose the models of both.
 */
import { createHash, randomUUID } from "node:crypto";
import { Failure, TenantId } from "@levain/contracts";
import type { Objects } from "./objects.js";

export type ArtifactStore = {
  /** Resolves when the bytes are there for good; what is there already is looked at, and replaced where it is spoiled. @returns their SHA-256, hexadecimal @throws Failure("artifact.unavailable") */
  put(tenantId: string, bytes: Buffer): Promise<string>;
  /** As it is stored, which nobody has verified; of one that is longer than `bytesMax` no more than a byte over it. Null where there is none. @throws Failure("artifact.unavailable") */
  get(tenantId: string, sha256: string, bytesMax: number): Promise<Buffer | null>;
  /** Takes away what is not what its name says. False where it is, or where there is nothing. @throws Failure("artifact.unavailable") */
  setAside(tenantId: string, sha256: string): Promise<boolean>;
  /** Everything that is served, for whoever collects what no model names. @throws Failure("artifact.unavailable") */
  list(): AsyncIterable<StoredArtifact>;
  remove(tenantId: string, sha256: string): Promise<void>;
  /** Makes an unclaimed store this fleet's where it may be, and remembers whose it should be. @throws Failure("artifact.unavailable") where it is another's, or unclaimed and ought not to be: a wrong address, a missing volume */
  claim(fleetId: string, mayBeNew: boolean): Promise<void>;
  /** @throws Failure("artifact.unavailable") where the store does not answer, or is not the one that was claimed */
  check(): Promise<void>;
  close(): void;
};

export type StoredArtifact = { readonly tenantId: string; readonly sha256: string; readonly bytes: number; readonly storedAt: Date };

/** Far above any artifact: what is longer is not read to its end. */
const BYTES_MAX = 64 * 2 ** 20;

/** More often than this nobody takes a name, and gives it up spoiled, while somebody else wants it. */
const PUTS_MAX = 3;

const FLEET = ".fleet";
const FLEET_BYTES_MAX = 200;

export function createArtifactStore(objects: Objects): ArtifactStore {
  let claimedBy: string | null = null;
  const owner = async (): Promise<string | null> => (await objects.read(FLEET, FLEET_BYTES_MAX))?.toString("utf8") ?? null;

  const setAside = async (tenantId: string, sha256: string): Promise<boolean> => {
    const name = nameOf(tenantId, sha256);
    const stored = await objects.read(name, BYTES_MAX);
    if (stored === null || sha256Of(stored) === sha256) return false;
    return objects.move(name, `.set-aside/${name}-${randomUUID()}`);
  };

  return {
    put: async (tenantId, bytes) => {
      const sha256 = sha256Of(bytes);
      for (let puts = 0; puts < PUTS_MAX; puts++) {
        if (await objects.create(nameOf(tenantId, sha256), bytes)) return sha256;
        const stored = await objects.read(nameOf(tenantId, sha256), bytes.length);
        if (stored?.equals(bytes)) return sha256;
        await setAside(tenantId, sha256);
      }
      throw new Failure("artifact.unavailable", "expected an artifact to be stored, its name is taken and given up again and again", { tenantId, sha256 });
    },

    get: async (tenantId, sha256, bytesMax) => objects.read(nameOf(tenantId, sha256), bytesMax),

    setAside,

    async *list() {
      for await (const { name, bytes, storedAt } of objects.list()) {
        const [tenantId = "", sha256 = "", ...rest] = name.split("/");
        if (rest.length === 0 && TenantId.safeParse(tenantId).success && SHA256.test(sha256)) yield { tenantId, sha256, bytes, storedAt };
      }
    },

    remove: async (tenantId, sha256) => objects.remove(nameOf(tenantId, sha256)),

    claim: async (fleetId, mayBeNew) => {
      claimedBy = fleetId;
      if (mayBeNew && (await owner()) === null) await objects.create(FLEET, Buffer.from(fleetId));
      refuseOther(await owner(), fleetId);
    },

    check: async () => {
      const found = await owner();
      if (claimedBy !== null) refuseOther(found, claimedBy);
    },

    close: () => objects.close(),
  };
}

const SHA256 = /^[0-9a-f]{64}$/;

/** Nothing but a tenant's id and a digest makes a name: no path leads out of the store. */
function nameOf(tenantId: string, sha256: string): string {
  if (!TenantId.safeParse(tenantId).success || !SHA256.test(sha256)) throw new RangeError("expected a tenant's id and a hexadecimal SHA-256");
  return `${tenantId}/${sha256}`;
}

export const sha256Of = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

function refuseOther(found: string | null, fleetId: string): void {
  if (found === fleetId) return;
  const what = found === null ? "one that no fleet has claimed: is its address right, is its volume there?" : "another fleet's";
  throw new Failure("artifact.unavailable", `expected the artifact store that holds this database's models, got ${what}`);
}
