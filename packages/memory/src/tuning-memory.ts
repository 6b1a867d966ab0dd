/** What tuning each product came to, in Redis. */
import { createHash } from "node:crypto";
import { Failure, type ProductId, type TenantId } from "@levain/contracts";
import type { Tuned } from "@levain/forecast";
import type { Redis } from "ioredis";
import pTimeout from "p-timeout";
import { haveSameSettings } from "./digest.js";
import { fromExactText, toExactText } from "./exact-text.js";

export type TuningMemory = {
  /** What was remembered of this product under this digest; null for another digest, and for a damaged value. */
  recall(tenantId: TenantId, productId: ProductId, digest: string): Promise<Tuned | null>;
  /** The same, and also what tuning other data came to, by the same engine with the same settings: the newest that is remembered. */
  recallSettings(tenantId: TenantId, productId: ProductId, digest: string): Promise<Tuned | null>;
  /** Takes the place of what was remembered of this product. Too large a result is not remembered. */
  remember(tenantId: TenantId, productId: ProductId, digest: string, tuned: Tuned): Promise<void>;
};

export type TuningMemoryOptions = { readonly redis: Redis; readonly prefix?: string; readonly expirySeconds?: number; readonly charactersMax?: number };

/** Two weeks: a product that was not trained for so long is hardly unchanged. */
const EXPIRY_SECONDS = 14 * 24 * 3_600;
/** A result with three folds of 14 days takes about 15,000 characters. */
const CHARACTERS_MAX = 256 * 1_024;
/** Milliseconds. Recalling saves a second of computing at best; it is not worth waiting for longer. */
const ANSWER_WITHIN_MS = 1_000;

/** @throws Failure redis.unavailable, from every promise */
export const createTuningMemory = ({ redis, prefix = "{levain}", expirySeconds = EXPIRY_SECONDS, charactersMax = CHARACTERS_MAX }: TuningMemoryOptions): TuningMemory => {
  const keyOf = (tenantId: TenantId, productId: ProductId): string => `${prefix}:tuning:${tenantId}:${productId}`;
  return {
    recall: async (tenantId, productId, digest) => read(await answered(redis.get(keyOf(tenantId, productId))), (written) => written === digest),
    recallSettings: async (tenantId, productId, digest) => read(await answered(redis.get(keyOf(tenantId, productId))), (written) => haveSameSettings(written, digest)),
    remember: async (tenantId, productId, digest, tuned) => {
      const text = toExactText(tuned);
      if (text.length > charactersMax) return;
      await answered(redis.set(keyOf(tenantId, productId), `${digest} ${checksumOf(text)} ${text}`, "EX", expirySeconds));
    },
  };
};

/**
 * `<digest> <checksum of the text> <text>`. The digest names the engine that wrote it, and the checksum vouches for each
 * character, so what is read has the shape that this very engine gave it.
 */
const read = (value: string | null, isMeant: (digest: string) => boolean): Tuned | null => {
  if (value === null) return null;
  const [written = "", checksum = ""] = value.split(" ", 2);
  const text = value.slice(written.length + checksum.length + 2);
  return isMeant(written) && checksum === checksumOf(text) ? (fromExactText(text) as Tuned) : null;
};

const checksumOf = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Redis' answer, or the news that it gave none in time. */
const answered = async <T>(answer: Promise<T>): Promise<T> => {
  try {
    return await pTimeout(answer, { milliseconds: ANSWER_WITHIN_MS, message: `no answer within ${ANSWER_WITHIN_MS} ms` });
  } catch (cause) {
    throw new Failure("redis.unavailable", "expected Redis to answer about a tuning", { reason: cause instanceof Error ? cause.message : String(cause) }, { cause });
  }
};
