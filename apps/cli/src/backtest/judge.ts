/** One case of a back-test: the product trained up to the cutoff, and its forecast beside the simplest ones. */
import { fromEpochDay } from "@levain/calendar";
import type { BusinessDay, DailyForecast, ProductId, RunContext, Sales, SkipReason, TrainingPolicy } from "@levain/contracts";
import type { Quantiles } from "@levain/forecast";
import { columnOver, type DayRange, type TenantFolder } from "@levain/sources";
import { NOTHING_KNOWN, trainProduct, type TrainingDeps } from "@levain/training";
import type { BacktestPool } from "./backtest-pool.js";
import type { SimpleName } from "./backtest-thread.js";
import type { BacktestCase } from "./cases.js";
import { rowsOf, type BacktestRow } from "./row.js";

/** A case with its forecast, and with those of the simplest models. */
export type JudgedCase = BacktestCase & { readonly rows: readonly BacktestRow[]; readonly simple: Readonly<Record<SimpleName, readonly BacktestRow[]>> };

/** A case that training declined, with its reason. */
export type SkippedCase = { readonly productId: ProductId; readonly cutoff: BusinessDay; readonly reason: SkipReason };

/** A case on which training failed. As in a run, the other products go on. */
export type FailedCase = { readonly productId: ProductId; readonly cutoff: BusinessDay; readonly message: string };

export type JudgeDeps = {
  readonly policy: TrainingPolicy;
  readonly folder: TenantFolder;
  readonly pool: BacktestPool;
  readonly salesOf: (productId: ProductId) => Sales;
};

/** @throws why `signal` was aborted */
export async function judge(
  each: BacktestCase,
  context: RunContext,
  { policy, folder, pool, salesOf }: JudgeDeps,
  signal: AbortSignal,
): Promise<JudgedCase | SkippedCase | FailedCase> {
  const { product, cutoff } = each;
  let simple: Record<SimpleName, Quantiles> | undefined;
  // Each cutoff is judged as if it were the first.
  const deps: TrainingDeps = {
    ...NOTHING_KNOWN,
    loadSales: async ({ id }, range) => within(range, salesOf(id)),
    loadProductEvents: async ({ id }, range) => folder.eventsOf(id).map((column) => columnOver(column, range, 0)),
    tune: (request, abort) => pool.tune(request, abort),
    fit: async (request, abort) => {
      const plan = { horizonDays: policy.horizonDays, ...policy.backtest };
      const [answer, compared] = await Promise.all([pool.fit(request, abort), pool.compare({ series: request.series, drivers: request.drivers, ahead: request.ahead, plan }, abort)]);
      simple = compared;
      return answer;
    },
  };
  try {
    const outcome = await trainProduct(product, context, policy, folder.tenant.missingDay, deps, signal);
    if (outcome.kind !== "trained" || !simple) return { productId: product.id, cutoff, reason: outcome.kind === "skipped" ? outcome.reason : "too-few-observations" };
    return {
      ...each,
      rows: rowsOf(each, outcome.forecast, outcome.family),
      simple: {
        "seasonal naive": rowsOf(each, dailyForecastOf(simple["seasonal naive"]), "seasonal-naive"),
        "weekday mean": rowsOf(each, dailyForecastOf(simple["weekday mean"]), "weekday-mean"),
      },
    };
  } catch (cause) {
    if (signal.aborted) throw cause;
    return { productId: product.id, cutoff, message: cause instanceof Error ? cause.message : String(cause) };
  }
}

const within = ({ from, until }: DayRange, sales: Sales): Sales => ({ ...sales, records: sales.records.filter(({ day }) => day >= from && day <= until) });

const dailyForecastOf = ({ start, levels, values }: Quantiles): DailyForecast => ({
  days: Array.from(values[0] ?? [], (_, index) => fromEpochDay(start + index)),
  levels,
  values: values.map((row) => [...row]),
});
