/** Whether a new model takes the champion's place, judged by back-test pinball loss. */
import type { Score } from "@levain/contracts";

export type Decision = { readonly becomesChampion: boolean; readonly decision: string };

/** A challenger may be so much worse than the champion, whose score is of an older back-test, and still replace it. */
const WORSE_THAN_CHAMPION_MAX = 1.02;

export function decide(score: Pick<Score, "pinball">, naiveScore: Pick<Score, "pinball">, champion: { readonly pinball: number | null } | null): Decision {
  if (champion === null) return { becomesChampion: true, decision: "first model of the product" };
  if (score.pinball === null || champion.pinball === null) return { becomesChampion: true, decision: "newest model: the back-test had no sales to judge by" };
  const compared = `pinball loss ${score.pinball.toFixed(4)}, champion ${champion.pinball.toFixed(4)}`;
  if (naiveScore.pinball !== null && score.pinball > naiveScore.pinball) return { becomesChampion: false, decision: `worse than seasonal naive (${naiveScore.pinball.toFixed(4)}): ${compared}` };
  if (score.pinball > champion.pinball * WORSE_THAN_CHAMPION_MAX) return { becomesChampion: false, decision: `worse than the champion: ${compared}` };
  return { becomesChampion: true, decision: `as good as the champion or better: ${compared}` };
}
