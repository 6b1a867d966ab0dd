/** A world in which nothing was trained before and nothing is kept, for a training whose result is only looked at. */
import type { TrainingDeps } from "./ports.js";

export const NOTHING_KNOWN: Omit<TrainingDeps, "loadSales" | "tune" | "fit"> = {
  trigger: "request",
  loadProductEvents: async () => [],
  judge: async () => ({ score: null }),
  recallTuning: async () => null,
  recallSettings: async () => null,
  rememberTuning: async () => undefined,
  lineageOf: ({ policy }) => ({ seriesDigest: "", regressorsDigest: "", policy: {}, seed: policy.seed, codeVersion: "", dataDigest: "" }),
  findSame: async () => null,
  loadChampion: async () => null,
  loadMemory: async () => null,
  noteSales: async () => undefined,
  loadShopSoFar: async () => ({ begun: 0, held: 0, noneChance: 1 }),
  loadGradingBasis: async () => ({ forecasts: [], economics: null, lastAlarm: null, chosenOn: null }),
  keepGrades: async () => undefined,
  stage: (_name, run) => run(),
};
