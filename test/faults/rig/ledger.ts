/**
 * What clients were told, kept by the client's side: the oracle holds Postgres against it. A request whose answer never
 * came is `unknown`: it may have been accepted or not, and both are right.
 */
import { Problem, RunView } from "@levain/contracts";

export type Answer =
  | { readonly kind: "accepted"; readonly runId: string }
  | { readonly kind: "refused"; readonly status: number; readonly openRunId: string | undefined }
  | { readonly kind: "unknown"; readonly reason: string };

export type Entry = { readonly tenantId: string; readonly askedAt: number; readonly answeredAt: number; readonly answer: Answer };

export type Ask = { readonly url: string; readonly tenantId: string; readonly key: string; readonly body: Record<string, unknown>; readonly idempotencyKey?: string };

export type Ledger = {
  readonly entries: readonly Entry[];
  /** Asks for a run and writes down what came of it; never throws. */
  ask(request: Ask): Promise<Answer>;
  /** Runs that a client was promised. */
  acceptedRuns(): string[];
};

export function openLedger(): Ledger {
  const entries: Entry[] = [];
  return {
    entries,
    ask: async (request) => {
      const askedAt = Date.now();
      const answer = await answerTo(request);
      entries.push({ tenantId: request.tenantId, askedAt, answeredAt: Date.now(), answer });
      return answer;
    },
    acceptedRuns: () => [...new Set(entries.flatMap(({ answer }) => (answer.kind === "accepted" ? [answer.runId] : [])))],
  };
}

async function answerTo({ url, tenantId, key, body, idempotencyKey }: Ask): Promise<Answer> {
  try {
    const response = await fetch(`${url}/v1/tenants/${tenantId}/training-runs`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }) },
      body: JSON.stringify(body),
    });
    const told: unknown = await response.json();
    if (response.status === 202) return { kind: "accepted", runId: RunView.parse(told).id };
    return { kind: "refused", status: response.status, openRunId: Problem.safeParse(told).data?.openRunId };
  } catch (error) {
    return { kind: "unknown", reason: error instanceof Error ? `${error.message}${error.cause instanceof Error ? `: ${error.cause.message}` : ""}` : String(error) };
  }
}
