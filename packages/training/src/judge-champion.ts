/** The champion on the days that the challenger is judged on: its spec, fitted before each fold's cutoff like any trial. */
import type { Tuned } from "@levain/forecast";
import type { Champion, TrainingDeps, TuneRequest } from "./ports.js";

/**
 * The champion with the pinball loss of these folds in the place of the one it was stored with, which is of other days.
 * An engine that does not know the champion's family cannot tell; then the stored one has to do.
 */
export async function judgeChampion(
  champion: Champion,
  tuned: Tuned,
  { series, drivers, options }: TuneRequest,
  deps: Pick<TrainingDeps, "judge">,
  signal: AbortSignal,
): Promise<Champion> {
  // Mostly the search has tried all that the champion is made of.
  const score = tuned.startScore ?? (await deps.judge({ spec: champion.spec, series, drivers, plan: options.plan }, signal)).score;
  return score === null ? champion : { ...champion, pinball: score.pinball };
}
