/** The training's memory of tunings, kept in Redis. Nothing depends on it: without it, a product is tuned again. */
import { tuningDigest, type TuningMemory } from "@levain/memory";
import type { TrainingDeps } from "@levain/training";

export type RememberedTunings = Pick<TrainingDeps, "recallTuning" | "rememberTuning">;

export const rememberedTunings = (
  tenantId: string,
  memory: TuningMemory,
  engineVersion: string,
  warn: (sentence: string, fields: Record<string, unknown>) => void,
): RememberedTunings => ({
  recallTuning: async (product, request) => {
    try {
      return await memory.recall(tenantId, product.id, tuningDigest(request, engineVersion));
    } catch (error) {
      warn("tuning not recalled", { tenantId, productId: product.id, error });
      return null;
    }
  },
  rememberTuning: async (product, request, tuned) => {
    try {
      await memory.remember(tenantId, product.id, tuningDigest(request, engineVersion), tuned);
    } catch (error) {
      warn("tuning not remembered", { tenantId, productId: product.id, error });
    }
  },
});
