/**
 * The repair: Postgres is the truth, Redis is how work moves, and every few seconds one leader compares the two.
 *
 *     Redis emptied ──────▶ all that is open is put back ─┐
 *     job lost ───────────▶ it is put back ───────────────┴▶ untold ▶ told to the queue
 *     written, not told ───────────────────────────────────▶ untold ▶ told to the queue
 *     to be told to webhooks: likewise, and for the first time, too
 *     deadline passed, nothing open ▶ the run is ended
 *     artifact of no model ─▶ it is removed after a day
 *     kept for a while only ▶ it is forgotten when that has passed
 *
 * Every step may be done twice, by two who both believe to lead: a generation is raised by whoever compares first, a job
 * that is told twice is told once, and a run ends once. So a step that fails is logged and comes again with the next repair.
 */
import { createCollectArtifacts, type CollectArtifactsDeps } from "./collect-artifacts.js";
import { createPutBackLostDeliveries, tellDeliveries, type RepairDeliveriesDeps } from "./deliveries.js";
import { endHollowRuns, endOverdueRuns, type EndRunsDeps } from "./end-runs.js";
import { createForgetOld, type ForgetOldDeps } from "./forget-old.js";
import { fillEmptyRedis, type FillEmptyRedisDeps } from "./fill-empty-redis.js";
import { keepLeases, keepNightlyTick, type KeepInRedisDeps } from "./keep-in-redis.js";
import { moveTexts, type MoveTextsDeps } from "./move-texts.js";
import { createPutBackLost, type PutBackLostDeps } from "./put-back-lost.js";
import { tellUntold, type TellUntoldDeps } from "./tell-untold.js";

export type RepairDeps = FillEmptyRedisDeps &
  PutBackLostDeps &
  TellUntoldDeps &
  EndRunsDeps &
  KeepInRedisDeps &
  RepairDeliveriesDeps &
  MoveTextsDeps &
  CollectArtifactsDeps &
  ForgetOldDeps;

/** One repair. Between its steps it asks whether this process still leads. */
export function createRepair(
  deps: RepairDeps,
  { staleMs, collectEveryMs }: { readonly staleMs: number; readonly collectEveryMs: number },
): (lead: () => Promise<boolean>) => Promise<void> {
  const putBackLost = createPutBackLost(staleMs);
  const putBackLostDeliveries = createPutBackLostDeliveries(staleMs);
  const collectArtifacts = createCollectArtifacts(collectEveryMs);
  const forgetOld = createForgetOld(collectEveryMs);
  const steps: readonly (readonly [name: string, step: () => Promise<void>])[] = [
    ["fill an empty Redis", () => fillEmptyRedis(deps)],
    ["put back what is lost", () => putBackLost(deps)],
    ["tell what is untold", () => tellUntold(deps)],
    ["end overdue runs", () => endOverdueRuns(deps)],
    ["end hollow runs", () => endHollowRuns(deps)],
    ["keep the nightly tick", () => keepNightlyTick(deps)],
    ["keep leases", () => keepLeases(deps)],
    ["put back lost deliveries", () => putBackLostDeliveries(deps)],
    ["tell deliveries", () => tellDeliveries(deps)],
    ["forget old messages", async () => void (await deps.forgetOldMessages())],
    ["move texts to the artifact store", () => moveTexts(deps)],
    ["collect artifacts that no model names", () => collectArtifacts(deps)],
    ["forget what is kept for a while only", () => forgetOld(deps)],
  ];
  return async (lead) => {
    for (const [name, step] of steps) {
      if (!(await lead())) return;
      await step().catch((error: unknown) => deps.warn("a step of the repair failed and comes again", { step: name, error }));
    }
  };
}
