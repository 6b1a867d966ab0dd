/** Models of before there was an artifact store: their texts move there from Postgres, a few with each repair. */
import { readArtifact } from "@levain/artifacts";
import type { MovableText } from "@levain/db";
import type { CountRepairs } from "./count-repairs.js";

export type MoveTextsDeps = {
  textsToMove(limit: number): Promise<readonly MovableText[]>;
  /** Stores it, and drops it from Postgres. */
  moveText(text: MovableText): Promise<void>;
  /** Takes a model out of service. Its text stays where it is, for whoever wants to know why. */
  refuseText(text: MovableText, reason: string): Promise<void>;
  repaired: CountRepairs;
};

/** Texts moved in one turn; a larger fleet takes more turns. */
const PER_TURN = 100;

export async function moveTexts({ textsToMove, moveText, refuseText, repaired }: MoveTextsDeps): Promise<void> {
  let moved = 0;
  for (const each of await textsToMove(PER_TURN)) {
    const verified = readArtifact(Buffer.from(each.text, "utf8"), each);
    if ("refused" in verified) await refuseText(each, verified.refused);
    else {
      await moveText(each);
      moved += 1;
    }
  }
  repaired("moved-artifact", moved);
}
