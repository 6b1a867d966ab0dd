/** The arithmetic of a tenant's products and nothing else: what is left of a fleet that costs nothing. */
import { Worker } from "node:worker_threads";
import { setFlagsFromString } from "node:v8";
import { resolvePolicy } from "@levain/contracts";
import { loadRunContext, openSources } from "@levain/sources";
import { NOTHING_KNOWN, trainProduct } from "@levain/training";

const worker = (path) => import(new URL(`../apps/worker/dist/${path}`, import.meta.url).href);
const { fitInThread, tuneInThread } = await worker("fit-thread.js");
const { HEAP_GROWTH_PERCENT } = await worker("fit-pool.js");

/** What the fit threads of a fleet are asked for each product of a tenant that has no models yet. @returns { tune, fit } of each */
export async function fitRequestsOf(tenant) {
  const signal = new AbortController().signal;
  const sources = openSources({ allow: ["127.0.0.1"] });
  const settings = { ...tenant.settings, id: tenant.id };
  const policy = resolvePolicy(tenant.settings.policy ?? {});
  const context = await loadRunContext(settings, policy, tenant.lastDay, sources, signal);
  const requests = [];
  for (const product of await sources.listProducts(settings, signal)) {
    const asked = {};
    await trainProduct(product, context, policy, settings.missingDay ?? "zero-unless-shop-closed", {
      ...NOTHING_KNOWN,
      loadSales: (item, range) => sources.loadSales(settings, item, range, signal),
      loadProductEvents: (item, range) => sources.loadProductEvents(settings, item.id, range, signal),
      tune: async (request) => tuneInThread((asked.tune = request)),
      fit: async (request) => fitInThread((asked.fit = request)),
    }, signal);
    if (asked.fit) requests.push(asked);
  }
  await sources.close();
  return requests;
}

/**
 * Computes them in so many threads at once, each of which takes the next product when it is done with one; threads as a
 * worker's are, after the same rehearsal.
 * @returns seconds on the clock, seconds of all fits added up, and processor seconds of all that, compiling and collecting included
 */
export async function computeFits(requests, { threads, rehearsals }) {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH_PERCENT}`);
  const taken = new Int32Array(new SharedArrayBuffer(4));
  const fitting = Array.from({ length: threads }, () => new Worker(new URL("pure-fit-thread.mjs", import.meta.url), { workerData: { requests, rehearsals, taken } }));
  // Each says when it is warm, and what it has computed when none is left.
  const said = () => Promise.all(fitting.map((thread) => new Promise((resolve, reject) => thread.once("message", resolve).once("error", reject))));
  await said();
  const [cpu, startedAt] = [process.cpuUsage(), performance.now()];
  const ended = said();
  for (const thread of fitting) thread.postMessage("begin");
  const fitMs = await ended;
  const wallSeconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  await Promise.all(fitting.map((thread) => thread.terminate()));
  return { wallSeconds, fitSeconds: fitMs.reduce((sum, ms) => sum + ms, 0) / 1000, cpuSeconds: (user + system) / 1e6 };
}
