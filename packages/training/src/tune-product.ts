/** Tuning, unless it would come to what it came to before. */
import type { Product } from "@levain/contracts";
import type { TrainingDeps, TuneAnswer, TuneRequest } from "./ports.js";

/** What was asked before runs no trial: same series, drivers, policy and engine, same result; but the search may have started elsewhere. */
export async function tuneProduct(
  product: Product,
  request: TuneRequest,
  deps: Pick<TrainingDeps, "recallTuning" | "tune" | "rememberTuning">,
  signal: AbortSignal,
): Promise<TuneAnswer> {
  const recalled = await deps.recallTuning(product, request);
  if (recalled !== null) return { tuned: { ...recalled, trials: 0, startScore: null }, computeMs: 0 };
  const answer = await deps.tune(request, signal);
  await deps.rememberTuning(product, request, answer.tuned);
  return answer;
}
