/**
 * Who may ask: `lvn_<key id>_<256 random bits>`. Only the SHA-256 of the whole key is kept. A secret of 256 random bits
 * needs no slow hash, and a slow one would let anybody keep our processors busy.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Client } from "./client.js";

/** tenant: its own tenant. operator: everything. viewer: what an operator sees, and changes nothing. */
export type KeyRole = "tenant" | "operator" | "viewer";

export type NewKey = {
  readonly role: KeyRole;
  /** The tenant it opens; an operator's or a viewer's key has none. */
  readonly tenantId?: string | undefined;
  /** What a person calls it. */
  readonly label: string;
  readonly expiresAt?: Date | undefined;
};

/** Who presented a key. */
export type KeyHolder = { readonly keyId: string; readonly role: KeyRole; readonly tenantId: string | null };

/** A key as it may be shown: all but the secret. */
export type KeyView = {
  readonly keyId: string;
  readonly role: KeyRole;
  readonly tenantId: string | null;
  readonly label: string;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
};

const KEY = /^lvn_([0-9a-z]{12,32})_([\w-]{32,128})$/;

/** Compared with where the key id is unknown, so that the answer takes as long as for one that is known. */
const NOBODY = randomBytes(32);

export const createKeys = (client: Client) => ({
  /** Makes a key. `secret` is the whole of it and is told this once. */
  async issue(key: NewKey): Promise<{ readonly keyId: string; readonly secret: string }> {
    const keyId = randomBytes(8).toString("hex");
    const secret = `lvn_${keyId}_${randomBytes(32).toString("base64url")}`;
    await client.apiKey.create({ data: { id: keyId, digest: digestOf(secret), ...columnsOf(key) } });
    return { keyId, secret };
  },

  /** Makes a key known that was issued by an earlier database and kept by its holder. Doing so again changes nothing. */
  async adopt(presented: string, key: NewKey): Promise<{ readonly keyId: string }> {
    const keyId = KEY.exec(presented)?.[1];
    if (keyId === undefined) throw new RangeError("expected a key of the form lvn_<key id>_<secret>");
    const digest = digestOf(presented);
    await client.apiKey.upsert({ where: { id: keyId }, create: { id: keyId, digest, ...columnsOf(key) }, update: {} });
    return { keyId };
  },

  /** Who holds this key; null for one that is unknown, wrong, expired or revoked, without saying which. */
  async authenticate(presented: string): Promise<KeyHolder | null> {
    const keyId = KEY.exec(presented)?.[1];
    const row = keyId === undefined ? null : await client.apiKey.findUnique({ where: { id: keyId } });
    const isRight = timingSafeEqual(digestOf(presented), row?.digest ?? NOBODY);
    return row && isRight && isGood(row) ? holderOf(row) : null;
  },

  /** Who holds the key of this id, for a session that it opened; null once it has expired or is revoked. */
  async holder(keyId: string): Promise<KeyHolder | null> {
    const row = await client.apiKey.findUnique({ where: { id: keyId } });
    return row && isGood(row) ? holderOf(row) : null;
  },

  /** The keys of a tenant, or of those who have none when null; the newest first, ended ones included. */
  async list(tenantId: string | null): Promise<readonly KeyView[]> {
    const rows = await client.apiKey.findMany({ where: { tenantId }, orderBy: [{ createdAt: "desc" }, { id: "asc" }] });
    return rows.map(({ label, createdAt, expiresAt, revokedAt, ...row }) => ({ ...holderOf(row), label, createdAt, expiresAt, revokedAt }));
  },

  /**
   * Ends a key for good, at once: every request looks it up anew. False when there is no such key that was not revoked
   * before. @param tenantId whose key it must be; any key when absent
   */
  async revoke(keyId: string, tenantId?: string): Promise<boolean> {
    const { count } = await client.apiKey.updateMany({ where: { id: keyId, revokedAt: null, ...(tenantId !== undefined && { tenantId }) }, data: { revokedAt: new Date() } });
    return count === 1;
  },
});

type KeyRow = { readonly id: string; readonly role: string; readonly tenantId: string | null };

const isGood = ({ revokedAt, expiresAt }: { readonly revokedAt: Date | null; readonly expiresAt: Date | null }): boolean =>
  revokedAt === null && (expiresAt === null || expiresAt > new Date());

/** A role that this version does not know opens what a tenant's key opens: here nothing, for want of a tenant. */
const holderOf = ({ id, role, tenantId }: KeyRow): KeyHolder => ({ keyId: id, role: role === "operator" || role === "viewer" ? role : "tenant", tenantId });

const digestOf = (presented: string): Uint8Array<ArrayBuffer> => new Uint8Array(createHash("sha256").update(presented).digest());

const columnsOf = ({ role, tenantId, label, expiresAt }: NewKey) => ({ role, tenantId: tenantId ?? null, label, expiresAt: expiresAt ?? null });
