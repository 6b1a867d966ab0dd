/** Training runs as the API shows them. The totals are counters in the run's own row, so a view costs one row. */
import { DataReport, FailureCodeName, RunStatus, RunTrigger, SourceName, type RunId, type RunView } from "@levain/contracts";
import type { Client } from "./client.js";
import { dayOfColumn } from "./column-day.js";
import type { TrainingRun } from "./generated/client.js";
import { isInstant, isUuid, keyAfter, pageOfRows, rowsFor, type Keyset, type Page, type PageRequest } from "./page.js";

const BY_ACCEPTANCE: Keyset<{ acceptedAt: string; id: string }> = {
  listing: "training-runs",
  read: ([acceptedAt, id]) => (isInstant(acceptedAt) && isUuid(id) ? { acceptedAt, id } : null),
};

export const createRunViews = (client: Client, tenantId: string) => ({
  async run(runId: RunId): Promise<RunView | null> {
    const row = await client.trainingRun.findUnique({ where: { tenantId_id: { tenantId, id: runId } } });
    return row && runViewOf(row);
  },

  /** The newest first. */
  async runs(page: PageRequest): Promise<Page<RunView>> {
    const after = keyAfter(BY_ACCEPTANCE, page);
    const rows = await client.trainingRun.findMany({
      where: {
        tenantId,
        ...(after && { acceptedAt: { lte: after.acceptedAt }, OR: [{ acceptedAt: { lt: after.acceptedAt } }, { id: { lt: after.id } }] }),
      },
      orderBy: [{ acceptedAt: "desc" }, { id: "desc" }],
      take: rowsFor(page),
    });
    return pageOfRows(BY_ACCEPTANCE, page, rows, ({ acceptedAt, id }) => [acceptedAt.toISOString(), id], runViewOf);
  },
});

export const runViewOf = (row: TrainingRun): RunView => ({
  id: row.id,
  tenantId: row.tenantId,
  status: RunStatus.parse(row.status),
  trigger: RunTrigger.parse(row.trigger),
  cutoff: dayOfColumn(row.cutoff),
  acceptedAt: row.acceptedAt.toISOString(),
  startedAt: row.startedAt?.toISOString() ?? null,
  finishedAt: row.finishedAt?.toISOString() ?? null,
  totals: { products: row.products, trained: row.trained, unchanged: row.unchanged, skipped: row.skipped, failed: row.failed, dead: row.dead, cancelled: row.cancelled },
  absentSources: SourceName.array().parse(row.absentSources),
  findings: DataReport.shape.findings.parse(row.findings),
  failure: failureOf(row),
});

/** The failure that a run or a product training ended with, or was last deferred for. */
export const failureOf = ({ failureCode, failureMessage }: { failureCode: string | null; failureMessage: string | null }): RunView["failure"] =>
  failureCode === null ? null : { code: FailureCodeName.parse(failureCode), message: failureMessage ?? "" };
