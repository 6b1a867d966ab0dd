/** How far runs are, read from Postgres, past every proxy and every process under test. */
import type pg from "pg";
import { until } from "./until.js";

export type RunState = { readonly id: string; readonly status: string; readonly products: number; readonly products_open: number; readonly trained: number; readonly failed: number };

async function runStates(sql: pg.Pool): Promise<RunState[]> {
  const { rows } = await sql.query<RunState>("SELECT id, status, products, products_open, trained, failed FROM training_runs ORDER BY accepted_at");
  return rows;
}

const hasEnded = ({ status }: RunState): boolean => status !== "accepted" && status !== "running";

export const haveRunsEnded = async (sql: pg.Pool): Promise<boolean> => (await runStates(sql)).every(hasEnded);

/** Waits until all runs that there are have ended. */
export async function untilRunsEnded(sql: pg.Pool): Promise<void> {
  await until(() => haveRunsEnded(sql), { what: "every run to end" });
}

/** Product trainings that have ended. */
export async function endedTrainings(sql: pg.Pool): Promise<number> {
  const { rows } = await sql.query<{ count: number }>("SELECT count(*)::int AS count FROM product_trainings WHERE finished_at IS NOT NULL");
  return rows[0]?.count ?? 0;
}

export async function untilTrainingsEnded(sql: pg.Pool, count: number): Promise<void> {
  await until(async () => (await endedTrainings(sql)) >= count, { what: `${count} product trainings to end` });
}

/** One number of a statement whose only column is `n`. */
export async function countOf(sql: pg.Pool, statement: string, values: readonly unknown[] = []): Promise<number> {
  const { rows } = await sql.query<{ n: number }>(statement, [...values]);
  return Number(rows[0]?.n ?? Number.NaN);
}
