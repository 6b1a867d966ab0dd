/**
 * Simulated bakeries whose products train in a moment: two months of history, one trial, one fold. What the faults are
 * about is who trains what how often, not how well. One sandbox process-wide origin per call, so that a test can have several.
 */
import { businessDayOf, addDays } from "@levain/calendar";
import { fleetBakery, startSandbox, type RequestCounts, type SandboxTenant } from "@levain/sandbox";

export type Bakeries = {
  readonly url: string;
  /** The settings of a tenant that this origin serves, cheap to train, for `PUT /v1/tenants/{id}`. */
  settingsOf(tenantId: string, changes?: Record<string, unknown>): Promise<{ settings: Record<string, unknown>; lastDay: string }>;
  /** The body of the sandbox's `PUT /faults`. */
  addFault(fault: Record<string, unknown>): Promise<void>;
  clearFaults(): Promise<void>;
  requests(): Promise<RequestCounts>;
  close(): Promise<void>;
};

/** The least that is still a whole training: every step runs, each in milliseconds. */
const QUICK_POLICY = {
  historyDaysMax: 60,
  trials: { high: 1, medium: 1, low: 1, intermittent: 1 },
  backtest: { folds: 1, stepDays: 7 },
  horizonDays: 7,
};

const ZONE = "Europe/Berlin";
const HISTORY_DAYS = 60;

/** The id of a bakery with so many products; ids of different numbers are different bakeries. */
export const bakeryId = (products: number, number = 1): string => `simulated-${products}x${HISTORY_DAYS + number}`;

export async function openBakeries(): Promise<Bakeries> {
  const lastDay = addDays(businessDayOf(new Date(), ZONE), -1);
  const known = new Map<string, ReturnType<typeof fleetBakery>>();
  const findUnlisted = (tenantId: string) => {
    if (!known.has(tenantId)) known.set(tenantId, fleetBakery(tenantId, lastDay));
    return known.get(tenantId) ?? null;
  };
  const sandbox = await startSandbox({ host: "127.0.0.1", port: 0, bakeries: () => [], findUnlisted });
  const json = { "content-type": "application/json" };
  return {
    url: sandbox.url,
    settingsOf: async (tenantId, changes = {}) => {
      const served = (await (await fetch(`${sandbox.url}/tenants/${tenantId}`)).json()) as SandboxTenant;
      const sources = { sales: served.settings.sources.sales };
      return { settings: { ...served.settings, sources, policy: QUICK_POLICY, ...changes }, lastDay };
    },
    addFault: async (fault) => {
      const response = await fetch(`${sandbox.url}/faults`, { method: "PUT", body: JSON.stringify(fault), headers: json });
      if (!response.ok) throw new Error(`the sandbox refused the fault: ${await response.text()}`);
    },
    clearFaults: async () => void (await fetch(`${sandbox.url}/faults`, { method: "DELETE" })),
    requests: async () => (await (await fetch(`${sandbox.url}/requests`)).json()) as RequestCounts,
    close: () => sandbox.close(),
  };
}
