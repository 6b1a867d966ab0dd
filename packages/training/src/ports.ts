/** What training a product needs from the world: functions, filled in by the process that trains. */
import type { BusinessDay, DailyColumn, DriftAlarm, GradedDay, GradingBasis, Lineage, ModelId, Product, ProductId, RunTrigger, Sales, SourceName, StageName, TrainingPolicy } from "@levain/contracts";
import type { Backtest, Drivers, Explanation, Plan, TuneRequest as TuneOptions, PredictRequest, Quantiles, Score, Series, Spec, Tuned } from "@levain/forecast";
import type { Memory } from "./why-held.js";
import type { ShopSoFar } from "./why-shop-held.js";

/** Both ends included. */
export type DayRange = { readonly from: BusinessDay; readonly until: BusinessDay };

export type TrainingDeps = {
  /** Why there is a run: the nightly one tunes only what needs it. */
  readonly trigger: RunTrigger;
  /** @throws Failure of a `source.*` code */
  loadSales(product: Product, range: DayRange, signal: AbortSignal): Promise<Sales>;
  /** Events of this product alone; asked only where the till says that it has some. @throws Failure of a `source.*` code */
  loadProductEvents(product: Product, range: DayRange, signal: AbortSignal): Promise<readonly DailyColumn[]>;
  /** `tune` of the forecast package, away from the event loop. */
  tune(request: TuneRequest, signal: AbortSignal): Promise<TuneAnswer>;
  /** `backtest` of the forecast package, away from the event loop. */
  judge(request: JudgeRequest, signal: AbortSignal): Promise<JudgeAnswer>;
  /** `fit`, `predict`, `explain` and `toJson` of the forecast package, away from the event loop. */
  fit(request: FitRequest, signal: AbortSignal): Promise<FitAnswer>;
  /** What tuning the product came to when the very same was asked before; null when it was not, or when nobody can tell now. */
  recallTuning(product: Product, request: TuneRequest): Promise<Tuned | null>;
  /** The same of whatever data it was asked about last; null also when it was asked in another way. */
  recallSettings(product: Product, request: TuneRequest): Promise<Tuned | null>;
  /** Keeps what tuning the product came to. It may be forgotten, but must not fail. */
  rememberTuning(product: Product, request: TuneRequest, tuned: Tuned): Promise<void>;
  /** What a model of these ingredients would be made of, in digests; this engine included. */
  lineageOf(ingredients: Ingredients): Lineage;
  /** A model of this product that was made of the very same and is whole; null when there is none. */
  findSame(productId: ProductId, dataDigest: string): Promise<ModelId | null>;
  /** Null when the product has no champion yet. */
  loadChampion(productId: ProductId): Promise<Champion | null>;
  /** What the champion, and the models that did not take its place, were told and said; null without evidence of it. */
  loadMemory(productId: ProductId): Promise<Memory | null>;
  /** Tells those that the run trains beside it what the product's own sales say of the till. */
  noteSales(productId: ProductId, noted: NotedSales): Promise<void>;
  /** What the run knows by now of the tenant's products that sell more than this one. */
  loadShopSoFar(productId: ProductId): Promise<ShopSoFar>;
  /** The forecasts that were valid on the days of the range, and what else grading them needs. */
  loadGradingBasis(productId: ProductId, range: DayRange): Promise<GradingBasis>;
  /** In place of what the range was graded with before; with the alarm that it raised, if any. */
  keepGrades(productId: ProductId, range: DayRange, days: readonly GradedDay[], alarm: DriftAlarm | null): Promise<void>;
  /** Runs a named step; whoever wires it adds progress, timing and metrics. */
  stage<T>(name: StageName, run: () => Promise<T>): Promise<T>;
};

export type NotedSales = {
  /** Whether they contradict its champion, and a challenger would be held for them. */
  readonly isHeld: boolean;
  /** Null where something was sold on its newest day; otherwise the chance of that, at most. */
  readonly noneChance: number | null;
};

export type Ingredients = {
  readonly series: Series;
  readonly drivers: Drivers;
  readonly absentSources: readonly SourceName[];
  readonly policy: TrainingPolicy;
  readonly cutoff: BusinessDay;
};

export type TuneRequest = { readonly series: Series; readonly drivers: Drivers; readonly options: TuneOptions };
export type TuneAnswer = { readonly tuned: Tuned; /** Milliseconds of pure computing. */ readonly computeMs: number };

export type JudgeRequest = {
  /** As it was stored, by whatever engine. */
  readonly spec: unknown;
  readonly series: Series;
  readonly drivers: Drivers;
  readonly plan: Plan;
};
/** Null for a spec that this engine cannot fit. */
export type JudgeAnswer = { readonly score: Score | null };

export type FitRequest = {
  readonly spec: Spec;
  readonly series: Series;
  readonly drivers: Drivers;
  readonly options: { readonly backtest: Backtest; readonly seed: number };
  readonly ahead: PredictRequest;
};
export type FitAnswer = {
  /** The fitted model as versioned JSON text. */
  readonly artifact: string;
  readonly family: string;
  readonly quantiles: Quantiles;
  readonly explanation: Explanation;
  /** Milliseconds of pure computing. */
  readonly computeMs: number;
};

/** What a challenger is held against, and starts its search from. */
export type Champion = {
  readonly modelId: ModelId;
  /** Null where its back-test had no sales to measure by. */
  readonly pinball: number | null;
  /** Its spec as it was stored, by whatever engine. */
  readonly spec: unknown;
  /** The last day it has seen. */
  readonly cutoff: BusinessDay;
  readonly isPinned: boolean;
  /** The cutoff of the last training that tuned the product, whether its model serves or not; null where none did. */
  readonly lastTuned: BusinessDay | null;
  /** Of its lineage, as they were stored; null for older models. */
  readonly policy: unknown;
  readonly seriesDigest: string | null;
  /** Its artifact is spoiled or missing: it serves no more. */
  readonly isRefused: boolean;
};
