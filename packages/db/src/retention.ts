/**
 * What is kept for a while only. Models, their first forecasts, the audit of champions, runs and graded days are kept for
 * good; see docs/retention.md. What is forgotten here is what nobody asks for any more:
 *
 * - what models said once they were told of newer weather, and that weather. A day is graded for four weeks after it has
 *   passed, and no model forecasts further ahead than four weeks: so what was said longer ago is valid on no day that is
 *   still graded;
 * - what a run's products were told (the days, weather and events of two years) and what a model's card shows, unless the
 *   model serves or serves again after a few rollbacks: both are by far the largest rows.
 */
import type { Client } from "./client.js";

/** Days. The 28 for which a day is graded, the 28 that a model forecasts, and the two on which zones and nights differ. */
const ISSUES_KEPT_DAYS = 58;

/** Days. Three months of cards to look back at, and of models that a rollback finds able to compute. */
const TOLD_KEPT_DAYS = 92;

/** Rows forgotten of each kind in one statement. */
const FORGET_SIZE = 1_000;

export type Forgotten = { readonly forecastIssues: number; readonly weather: number; readonly evidence: number; readonly contexts: number; readonly calendars: number };

export const createRetention = (client: Client) => ({
  /** At most a thousand of each kind; once more for the rest. Champions and their runs are left alone, and so is each tenant's newest weather. */
  async forgetOld(): Promise<Forgotten> {
    const forecastIssues = await client.$executeRaw`
      DELETE FROM forecast_issues WHERE (model_id, weather_issued_at) IN (
        SELECT i.model_id, i.weather_issued_at FROM forecast_issues i
        WHERE i.issued_at < now() - ${ISSUES_KEPT_DAYS}::integer * interval '1 day'
        ORDER BY i.issued_at LIMIT ${FORGET_SIZE})`;
    const weather = await client.$executeRaw`
      DELETE FROM weather_ahead WHERE (tenant_id, issued_at) IN (
        SELECT w.tenant_id, w.issued_at FROM weather_ahead w
        WHERE w.issued_at < now() - ${ISSUES_KEPT_DAYS}::integer * interval '1 day'
          AND EXISTS (SELECT FROM weather_ahead newer WHERE newer.tenant_id = w.tenant_id AND newer.issued_at > w.issued_at)
          AND NOT EXISTS (SELECT FROM forecast_issues i WHERE i.tenant_id = w.tenant_id AND i.weather_issued_at = w.issued_at)
        ORDER BY w.issued_at LIMIT ${FORGET_SIZE})`;
    const evidence = await client.$executeRaw`
      DELETE FROM model_evidence WHERE model_id IN (
        SELECT e.model_id FROM models m
        JOIN model_evidence e ON e.tenant_id = m.tenant_id AND e.product_id = m.product_id AND e.model_id = m.id
        WHERE m.trained_at < now() - ${TOLD_KEPT_DAYS}::integer * interval '1 day'
          AND NOT EXISTS (SELECT FROM champions c WHERE c.tenant_id = m.tenant_id AND c.product_id = m.product_id AND c.model_id = m.id)
        LIMIT ${FORGET_SIZE})`;
    const contexts = await client.$executeRaw`
      DELETE FROM run_contexts WHERE (tenant_id, run_id) IN (
        SELECT x.tenant_id, x.run_id FROM run_contexts x
        JOIN training_runs r ON r.tenant_id = x.tenant_id AND r.id = x.run_id
        WHERE r.finished_at < now() - ${TOLD_KEPT_DAYS}::integer * interval '1 day'
          AND NOT EXISTS (
            SELECT FROM models m JOIN champions c ON c.tenant_id = m.tenant_id AND c.product_id = m.product_id AND c.model_id = m.id
            WHERE m.tenant_id = x.tenant_id AND m.run_id = x.run_id)
        LIMIT ${FORGET_SIZE})`;
    const calendars = await client.$executeRaw`
      DELETE FROM product_calendars WHERE (tenant_id, run_id, product_id) IN (
        SELECT k.tenant_id, k.run_id, k.product_id FROM product_calendars k
        WHERE NOT EXISTS (SELECT FROM run_contexts x WHERE x.tenant_id = k.tenant_id AND x.run_id = k.run_id)
        LIMIT ${FORGET_SIZE})`;
    return { forecastIssues, weather, evidence, contexts, calendars };
  },
});
