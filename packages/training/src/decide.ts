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
  /** Judged on the same folds. */
  readonly champion: Pick<Champion, "pinball" | "cutoff" | "isRefused"> | null;
  /** Why the sales that it was trained on are not yet believed; null where they are. */
  readonly held: string | null;
};

export type Decision = { readonly becomesChampion: boolean; readonly decision: string };

/** How much worse than the champion's a challenger's loss may be: it knows the newer days, and so few folds cannot tell less apart. */
const TOLERANCE = 1.02;

/**
 * The first model of a product always serves, and so does the first after one whose artifact is spoiled. Later ones must be
 * better than the seasonal naive forecast and not clearly worse than the champion on the same days; except that a champion
 * whose forecast has wholly passed has nothing left to say, and gives way to whatever is not clearly worse than itself. By
 * sales that are not believed nothing takes a place.
 */
export const decide = ({ pinball, naivePinball, cutoff, horizonDays, champion, held }: Challenge): Decision => {
  if (champion === null) return takes("first model of this product");
  if (held !== null) return stays(`held: ${held}`);
  if (champion.isRefused) return takes("the champion's artifact is not what was stored");
  const hasPassed = toEpochDay(cutoff) - toEpochDay(champion.cutoff) >= horizonDays;
  const compared = pinball === null || champion.pinball === null ? "no sales in the back-test to measure by" : `pinball loss ${shown(pinball)} against the champion's ${shown(champion.pinball)} on the same days`;
  if (pinball !== null && champion.pinball !== null && pinball > TOLERANCE * champion.pinball) return stays(`${compared}, more than 2 % worse`);
  if (hasPassed) return takes(`${compared}; the champion's forecast has passed`);
  if (pinball === null || champion.pinball === null || naivePinball === null) return stays(compared);
  if (pinball >= naivePinball) return stays(`not better than the seasonal naive forecast: pinball loss ${shown(pinball)} against ${shown(naivePinball)}`);
  return takes(compared);
};

const takes = (decision: string): Decision => ({ becomesChampion: true, decision });
const stays = (decision: string): Decision => ({ becomesChampion: false, decision });
const shown = (loss: number): string => loss.toPrecision(3);
