/** What training a product asks of the world, as functions; the worker and the back-test fill them in. */
import type { BusinessDay, DailyColumn, Product, ProductId, Sales, StageName } from "@levain/contracts";
import type { Backtest, DemandClass, Drivers, Plan, PredictRequest, Quantiles, Series, Spec, Tuned } from "@levain/forecast";

/** Both ends included. */
export type DayRange = { readonly from: BusinessDay; readonly until: BusinessDay };

export type TuneRequest = {
  readonly series: Series;
  readonly drivers: Drivers;
  readonly options: { readonly demandClass: DemandClass; readonly trials: number; readonly plan: Plan; readonly seed: number };
};
/** `computeMs`: milliseconds of pure computing, without waiting for a thread. */
export type TuneAnswer = { readonly tuned: Tuned; readonly computeMs: number };

export type FitRequest = {
  readonly spec: Spec;
  readonly series: Series;
  readonly drivers: Drivers;
  readonly options: { readonly backtest: Backtest; readonly seed: number };
  /** What to forecast once fitted. */
  readonly ahead: PredictRequest;
};
export type FitAnswer = { readonly artifact: string; readonly family: string; readonly quantiles: Quantiles; readonly computeMs: number };

export type TrainingDeps = {
  loadSales(product: Product, range: DayRange, signal: AbortSignal): Promise<Sales>;
  loadProductEvents(product: Product, range: DayRange, signal: AbortSignal): Promise<readonly DailyColumn[]>;
  tune(request: TuneRequest, signal: AbortSignal): Promise<TuneAnswer>;
  fit(request: FitRequest, signal: AbortSignal): Promise<FitAnswer>;
  /** Of the model that serves now; null for a first model. */
  loadChampionScore(productId: ProductId): Promise<{ readonly pinball: number | null } | null>;
  /** Carries progress, timing and metrics of a named step, so that no step mentions them. */
  stage<T>(name: StageName, run: () => Promise<T>): Promise<T>;
};
