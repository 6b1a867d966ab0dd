/**
 * What a product needs of this night. A run that somebody asked for trains whatever it names; the nightly one tunes what is
 * due, drifted or new, keeps what has sold nothing new, and gives every other product its newer days with the settings it has.
 */
import { toEpochDay } from "@levain/calendar";
import { TrainingPolicy, type BusinessDay, type KeepReason, type ModelId, type ProductId, type RunTrigger, type TrainingReason, type TuneReason } from "@levain/contracts";
import type { Tuned } from "@levain/forecast";
import type { Grading } from "./grade.js";
import type { Champion } from "./ports.js";

export type Need =
  | { readonly kind: "tune"; readonly reason: TuneReason }
  /** The champion's settings, fitted to newer days: what tuning them had come to. */
  | { readonly kind: "refresh"; readonly reason: Extract<TrainingReason, "newer-sales">; readonly tuned: Tuned }
  | { readonly kind: "keep"; readonly reason: KeepReason; readonly modelId: ModelId };

export type Night = {
  readonly productId: ProductId;
  readonly cutoff: BusinessDay;
  readonly policy: TrainingPolicy;
  /** Of the sales up to the cutoff. */
  readonly seriesDigest: string;
  readonly champion: Champion | null;
  readonly grading: Grading;
  /** What tuning the product last came to, if it is remembered and was asked of the same engine in the same way. */
  readonly recalled: Tuned | null;
};

export const needOf = (trigger: RunTrigger, { productId, cutoff, policy, seriesDigest, champion, grading, recalled }: Night): Need => {
  if (trigger !== "nightly") return tune("asked-for");
  if (champion === null) return tune("new");
  if (champion.isRefused) return tune("champion-refused");
  if (isEnding(champion, cutoff, policy)) return tune("forecast-ends");
  const keep = (reason: KeepReason): Need => ({ kind: "keep", reason, modelId: champion.modelId });
  const tunedAt = champion.lastTuned ?? champion.cutoff;
  if (isAfter(grading.lastAlarm, tunedAt)) return tune("drifted");
  if (!isSamePolicy(champion.policy, policy)) return tune("policy-changed");
  if (champion.seriesDigest === seriesDigest) return keep("no-new-sales");
  if (isDue(productId, tunedAt, cutoff, policy)) return tune("due");
  if (champion.isPinned) return keep("pinned");
  return recalled !== null && textOf(recalled.spec) === textOf(champion.spec) ? { kind: "refresh", reason: "newer-sales", tuned: recalled } : tune("settings-unknown");
};

const tune = (reason: TuneReason): Need => ({ kind: "tune", reason });

/** Days after the cutoff that must be forecast whatever happens: today, tomorrow, and one should the next night be missed. */
const AHEAD_DAYS_MIN = 3;

const isEnding = (champion: Champion, cutoff: BusinessDay, { horizonDays }: TrainingPolicy): boolean =>
  toEpochDay(champion.cutoff) + horizonDays < toEpochDay(cutoff) + AHEAD_DAYS_MIN;

/** Once in so many days, each product from a day of its own: so a fleet's nights are alike, also after it trained all at once. */
const isDue = (productId: ProductId, tunedAt: BusinessDay, cutoff: BusinessDay, { retuneEveryDays: every }: TrainingPolicy): boolean => {
  const periodOf = (day: BusinessDay) => Math.floor((toEpochDay(day) + phaseOf(productId)) / every);
  return periodOf(cutoff) > periodOf(tunedAt);
};

/** FNV-1a over the id's UTF-16: any number that ids share evenly. */
const phaseOf = (productId: ProductId): number => {
  let hash = 0x811c9dc5;
  for (let i = 0; i < productId.length; i += 1) hash = Math.imul(hash ^ productId.charCodeAt(i), 0x01000193);
  return hash >>> 0;
};

const isAfter = (day: BusinessDay | null, other: BusinessDay): boolean => day !== null && day > other;

/** How often to tune says nothing about what comes of it. A policy of before this or that knob had its default. */
const isSamePolicy = (stored: unknown, { retuneEveryDays: _now, ...policy }: TrainingPolicy): boolean => {
  const parsed = TrainingPolicy.safeParse(stored);
  if (!parsed.success) return false;
  const { retuneEveryDays: _then, ...before } = parsed.data;
  return textOf(before) === textOf(policy);
};

/** Plain data as text in one order of keys: it may come from a database that keeps its own. */
const textOf = (value: unknown): string =>
  JSON.stringify(value, (_key, each: unknown) => (typeof each === "object" && each !== null && !Array.isArray(each) ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1))) : each));
