/** Whether a newly trained model takes the champion's place. */
import { toEpochDay } from "@levain/calendar";
import type { BusinessDay } from "@levain/contracts";
import type { Champion } from "./ports.js";

export type Challenge = {
  /** Pinball loss in the back-test; null where it had no sales to measure by. */
  readonly pinball: number | null;
  readonly naivePinball: number | null;
  readonly cutoff: BusinessDay;
  readonly horizonDays: number;
  readonly champion: Pick<Champion, "pinball" | "cutoff"> | null;
};

export type Decision = { readonly becomesChampion: boolean; readonly decision: string };

/** How much worse than the champion's a challenger's loss may look: they were judged on different days, and the challenger knows more of them. */
const TOLERANCE = 1.02;

/**
 * The first model of a product always serves. Later ones must not lose to the seasonal naive forecast, nor clearly to the champion;
 * except that a champion half of whose forecast has passed must be replaced, since it soon has nothing left to say.
 */
export const decide = ({ pinball, naivePinball, cutoff, horizonDays, champion }: Challenge): Decision => {
  if (champion === null) return takes("first model of this product");
  if (pinball === null) return takes("its back-test had no sales to measure by; it knows the newer days");
  if (naivePinball !== null && pinball > naivePinball) return stays(`loses to the seasonal naive forecast: pinball loss ${shown(pinball)} against ${shown(naivePinball)}`);
  if (champion.pinball === null) return takes("the champion has no score to hold it against");
  const compared = `pinball loss ${shown(pinball)} against the champion's ${shown(champion.pinball)}`;
  if (pinball <= TOLERANCE * champion.pinball) return takes(compared);
  const ageDays = champion.cutoff === undefined ? 0 : toEpochDay(cutoff) - toEpochDay(champion.cutoff);
  if (ageDays * 2 >= horizonDays) return takes(`${compared}, but that one has not seen the last ${ageDays} days`);
  return stays(`${compared}, more than 2 % worse`);
};

const takes = (decision: string): Decision => ({ becomesChampion: true, decision });
const stays = (decision: string): Decision => ({ becomesChampion: false, decision });
const shown = (loss: number): string => loss.toPrecision(3);
