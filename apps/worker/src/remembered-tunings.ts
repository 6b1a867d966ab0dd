/** The training's memory of tunings, kept in Redis. Nothing depends on it: without it, a product is tuned again. */
import type { Product } from "@levain/contracts";
import type { Tuned } from "@levain/forecast";
import { tuningDigest, type TuningMemory } from "@levain/memory";
import type { TrainingDeps, TuneRequest } from "@levain/training";

export type RememberedTunings = Pick<TrainingDeps, "recallTuning" | "recallSettings" | "rememberTuning">;

export const rememberedTunings = (
  tenantId: string,
  memory: TuningMemory,
  engineVersion: string,
  warn: (sentence: string, fields: Record<string, unknown>) => void,
): RememberedTunings => {
  // What is recalled first is remembered later: its history is read through once.
  const known = new WeakMap<TuneRequest, string>();
  const digestOf = (request: TuneRequest): string => {
    const digest = known.get(request) ?? tuningDigest(request, engineVersion);
    known.set(request, digest);
    return digest;
  };
  const recalled = async (product: Product, recalling: Promise<Tuned | null>): Promise<Tuned | null> => {
    try {
      return await recalling;
    } catch (error) {
      warn("tuning not recalled", { tenantId, productId: product.id, error });
      return null;
    }
  };
  const rememberTuning: RememberedTunings["rememberTuning"] = async (product, request, tuned) => {
    try {
      await memory.remember(tenantId, product.id, digestOf(request), tuned);
    } catch (error) {
      warn("tuning not remembered", { tenantId, productId: product.id, error });
    }
  };
  return {
    recallTuning: (product, request) => recalled(product, memory.recall(tenantId, product.id, digestOf(request))),
    recallSettings: (product, request) => recalled(product, memory.recallSettings(tenantId, product.id, digestOf(request))),
    rememberTuning,
  };
};
