/**
 * A back-test of the whole way from sales to forecast: at each cutoff every product is trained as the fleet would train
 * it, with nothing after the cutoff in sight, and its forecast is set beside what was then sold.
 */
import { resolvePolicy, type BusinessDay, type Product, type ProductId, type RunContext } from "@levain/contracts";
import { readTenantFolder, type TenantFolder } from "@levain/sources";
import { StartError } from "../embedded/server-process.js";
import { openBacktestPool } from "./backtest-pool.js";
import { casesOf, cutoffsOf } from "./cases.js";
import { contextAt, type WeatherAhead } from "./context.js";
import { judge, type FailedCase, type JudgedCase, type SkippedCase } from "./judge.js";
import type { BacktestProgress } from "./progress.js";
import { writeRows } from "./row.js";

export type BacktestOptions = {
  readonly folder: string;
  /** Days ahead that are forecast. */
  readonly horizon: number;
  readonly cutoffs: number;
  /** Days between two cutoffs. */
  readonly step: number;
  /** File for the rows. */
  readonly out: string;
  readonly weather: WeatherAhead;
  readonly threads: number;
  /** All products when absent. */
  readonly products?: readonly ProductId[];
};

export type BacktestResult = {
  /** In order of product and cutoff, whatever the order in which threads ended. */
  readonly cases: readonly JudgedCase[];
  readonly skipped: readonly SkippedCase[];
  readonly failed: readonly FailedCase[];
};

/** Cases under way per thread: while one computes, the next is prepared. */
const CASES_PER_THREAD = 2;

export async function backtestFolder(options: BacktestOptions, progress: BacktestProgress, signal: AbortSignal): Promise<BacktestResult> {
  const folder = await readTenantFolder(options.folder);
  const plan = { horizonDays: options.horizon, cutoffs: options.cutoffs, stepDays: options.step };
  const policy = resolvePolicy(folder.tenant.policy, { horizonDays: options.horizon });
  const sold = chosenProducts(folder, options.products).map((product) => ({ product, sales: folder.salesOf(product.id) }));
  const salesById = new Map(sold.map(({ product, sales }) => [product.id, sales]));
  const cases = casesOf(sold, folder.openDays, folder.tenant.missingDay, folder.lastDay, plan);
  if (cases.length === 0) throw new StartError(`There is nothing to back-test in ${options.folder}: no product was sold for 8 weeks before any of the ${options.cutoffs} cutoffs and at least once in the last 8.`);

  const contexts = new Map<BusinessDay, RunContext>();
  for (const cutoff of cutoffsOf(folder.lastDay, plan)) contexts.set(cutoff, await contextAt(folder, policy, cutoff, options.weather, signal));

  const pool = openBacktestPool(options.threads);
  try {
    progress.start(cases.length);
    const judged = await inLanes(cases, options.threads * CASES_PER_THREAD, async (each) => {
      const context = contexts.get(each.cutoff) as RunContext;
      const result = await judge(each, context, { policy, folder, pool, salesOf: (id) => salesById.get(id) ?? folder.salesOf(id) }, signal);
      progress.advance(each.product.name);
      return result;
    });
    const result = { cases: judged.filter((one) => "rows" in one), skipped: judged.filter((one) => "reason" in one), failed: judged.filter((one) => "message" in one) };
    await writeRows(options.out, result.cases.flatMap(({ rows }) => rows));
    return result;
  } finally {
    await pool.close();
  }
}

function chosenProducts(folder: TenantFolder, ids: readonly ProductId[] | undefined): readonly Product[] {
  if (!ids) return folder.products;
  const unknown = ids.filter((id) => !folder.products.some((product) => product.id === id));
  if (unknown.length > 0) throw new StartError(`The folder has no product ${unknown.join(", ")}. It has: ${folder.products.map(({ id }) => id).join(", ")}`);
  return folder.products.filter(({ id }) => ids.includes(id));
}

/** Runs `work` on all items, so many at a time; answers in the order of the items. */
async function inLanes<Item, Answer>(items: readonly Item[], lanes: number, work: (item: Item) => Promise<Answer>): Promise<Answer[]> {
  const answers = new Array<Answer>(items.length);
  const waiting = items.entries();
  const lane = async (): Promise<void> => {
    for (const [index, item] of waiting) answers[index] = await work(item);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return answers;
}
